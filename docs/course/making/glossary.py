"""The words of the course: English, Korean, and one plain sentence in each."""

from __future__ import annotations

#: (English term, Korean term, English sentence, Korean sentence)
TERMS: tuple[tuple[str, str, str, str], ...] = (
    ("accuracy", "정확도", "The share of rows whose class is named rightly.", "클래스를 맞힌 행의 비율입니다."),
    ("activation function", "활성화 함수", "What bends the output of a unit; without it all layers together are one straight line.", "유닛의 출력을 휘게 하는 함수이며, 없으면 층을 아무리 쌓아도 직선 하나와 같습니다."),
    ("Adam", "아담", "An optimizer that gives each weight a step size of its own, from the gradients it has seen.", "지금까지의 기울기를 보고 가중치마다 걸음의 크기를 따로 정하는 옵티마이저입니다."),
    ("anomaly", "이상치(이상 행)", "A row that is unlike nearly all others.", "거의 모든 행과 다르게 생긴 행입니다."),
    ("augmentation", "데이터 증강", "Showing a network shifted, turned or noisy copies of its train rows.", "학습 데이터를 밀거나 돌리거나 잡음을 섞어 더 보여 주는 일입니다."),
    ("autoencoder", "오토인코더", "A network that squeezes a row through a narrow layer and writes it out again.", "행을 좁은 층에 통과시켰다가 다시 펼쳐 내는 신경망입니다."),
    ("backpropagation", "역전파", "Working out all gradients from the output back to the input by the chain rule.", "연쇄 법칙으로 출력에서 입력 쪽으로 모든 기울기를 구하는 방법입니다."),
    ("baseline", "기준 모델", "A simple method that a network must beat to be worth its cost.", "신경망이 쓸모 있다고 말하려면 넘어야 하는 단순한 방법입니다."),
    ("batch", "배치", "The rows that one step looks at together.", "한 걸음에 함께 보는 행의 묶음입니다."),
    ("bias", "편향", "The weight that is added whatever the input is: the intercept of a unit.", "입력과 상관없이 더해지는 가중치로, 직선의 절편에 해당합니다."),
    ("boosted trees", "부스팅 트리", "Many small decision trees, each mending what those before it got wrong.", "앞선 나무의 잘못을 다음 나무가 고쳐 가는 작은 결정 트리의 모음입니다."),
    ("category", "범주", "A value that is a name and not a quantity, such as a district.", "지역처럼 양이 아니라 이름인 값입니다."),
    ("chain rule", "연쇄 법칙", "The slope of a chain of functions is the product of their slopes.", "함수를 이어 붙이면 그 기울기는 각 기울기의 곱이 된다는 법칙입니다."),
    ("classification", "분류", "Predicting a name from a fixed list.", "정해진 이름 가운데 하나를 예측하는 문제입니다."),
    ("clustering", "군집화", "Finding groups of like rows without being told any.", "정답 없이 비슷한 행끼리 무리 짓는 일입니다."),
    ("confusion matrix", "혼동 행렬", "A table of true classes against predicted ones.", "실제 클래스와 예측한 클래스를 맞대어 센 표입니다."),
    ("convolution", "합성곱", "One small set of weights that slides over a picture, a series or a text.", "작은 가중치 묶음 하나를 이미지나 시계열, 글 위로 밀면서 쓰는 계산입니다."),
    ("cross-entropy", "교차 엔트로피", "The loss for classes: it is high where the true class got little probability.", "분류의 손실로, 정답 클래스에 낮은 확률을 줄수록 커집니다."),
    ("cross-validation", "교차 검증", "Validating several times, each time on another part of the rows.", "검증에 쓰는 부분을 바꿔 가며 여러 번 검증하는 방법입니다."),
    ("dead unit", "죽은 유닛", "A ReLU unit that gives zero for every row and so learns no more.", "모든 행에서 0만 내어 더는 배우지 못하는 ReLU 유닛입니다."),
    ("dropout", "드롭아웃", "Switching off a random share of units in each training step, against learning by heart.", "외우지 못하도록 학습할 때마다 유닛의 일부를 무작위로 꺼 두는 방법입니다."),
    ("early stopping", "조기 종료", "Ending where the validation loss no longer falls, and keeping the best weights.", "검증 손실이 더 내려가지 않으면 멈추고 가장 좋았던 가중치를 쓰는 방법입니다."),
    ("embedding", "임베딩", "A row of learned numbers that stands for a category, a word or a whole row.", "범주나 단어, 또는 행 전체를 나타내도록 배운 숫자 묶음입니다."),
    ("ensemble", "앙상블", "Several models whose predictions are averaged.", "여러 모델의 예측을 평균 내어 쓰는 것입니다."),
    ("epoch", "에포크", "One pass over all train rows.", "학습 데이터를 처음부터 끝까지 한 번 보는 것입니다."),
    ("exploding gradient", "폭발하는 기울기", "Gradients that grow from layer to layer until the weights are no numbers any more.", "층을 지날수록 기울기가 커져 가중치가 숫자가 아니게 되는 현상입니다."),
    ("feature", "특성", "One input of the network, made from a column.", "열에서 만들어 신경망에 넣는 입력 하나입니다."),
    ("fold", "폴드", "One of the parts that take turns at validation.", "교차 검증에서 돌아가며 검증을 맡는 부분 하나입니다."),
    ("forward pass", "순전파", "Computing the prediction from the input, layer by layer.", "입력에서 출력 쪽으로 층마다 계산해 예측을 내는 일입니다."),
    ("GAN", "생성적 적대 신경망", "Two networks, one that makes rows and one that tries to tell them from real ones.", "행을 지어내는 신경망과 진짜인지 가려내는 신경망이 겨루며 배우는 방식입니다."),
    ("gradient", "기울기(그래디언트)", "For each weight, how fast the loss rises when that weight does.", "가중치를 조금 키울 때 손실이 얼마나 빨리 커지는지를 가중치마다 나타낸 값입니다."),
    ("gradient descent", "경사 하강법", "Taking steps against the gradient, so that the loss falls.", "기울기의 반대쪽으로 걸어 손실을 줄여 가는 방법입니다."),
    ("hidden layer", "은닉층", "A layer between input and output.", "입력층과 출력층 사이에 있는 층입니다."),
    ("hyperparameter", "하이퍼파라미터", "A choice that training does not make for you, such as the learning rate or the width.", "학습률이나 층의 너비처럼 학습이 대신 정해 주지 않는 설정입니다."),
    ("imputation", "결측치 대체", "Filling empty cells, here with the median of the train rows.", "빈칸을 채우는 일로, 여기서는 학습 데이터의 중앙값을 씁니다."),
    ("latent space", "잠재 공간", "The few numbers in the narrow middle of an autoencoder, or those a generator starts from.", "오토인코더의 좁은 가운데 층, 또는 생성 신경망이 출발하는 숫자들의 공간입니다."),
    ("layer", "층", "Units side by side that read the same inputs.", "같은 입력을 나란히 읽는 유닛의 모임입니다."),
    ("leak", "데이터 누출", "Information about the answer that would not be there when the model is used.", "실제로 쓸 때는 알 수 없는 정답의 정보가 입력에 섞여 든 것입니다."),
    ("learning curve", "학습 곡선", "The loss on train and validation rows, epoch by epoch.", "에포크마다 학습 손실과 검증 손실을 이어 그린 그림입니다."),
    ("learning rate", "학습률", "How far a step goes along the gradient.", "기울기를 따라 한 번에 얼마나 가는지를 정하는 값입니다."),
    ("linear regression", "선형 회귀", "A weighted sum of the columns: a network without hidden layers.", "열마다 가중치를 곱해 더하는 방법으로, 은닉층이 없는 신경망입니다."),
    ("loss", "손실", "One number that says how wrong the predictions are, which training makes smaller.", "예측이 얼마나 틀렸는지를 나타내는 숫자 하나이며, 학습은 이것을 줄입니다."),
    ("MAE", "평균절대오차", "The mean size of the errors, in units of the target.", "오차의 크기를 평균 낸 값으로, 단위가 목표값과 같습니다."),
    ("mini-batch", "미니배치", "A small batch, such as 32 rows, drawn anew in every epoch.", "32행처럼 작은 배치로, 에포크마다 새로 섞어 뽑습니다."),
    ("missing value", "결측치", "An empty cell, or a text that stands for one.", "비어 있거나 비었다는 뜻의 글자가 든 칸입니다."),
    ("MLP", "다층 퍼셉트론", "Layers of units one after another: the plain network for tables.", "층을 차례로 이어 붙인, 표에 쓰는 기본 신경망입니다."),
    ("momentum", "모멘텀", "Going on in the direction of the last steps.", "지난 걸음의 방향을 얼마간 이어 가는 방법입니다."),
    ("MSE", "평균제곱오차", "The mean of the squared errors.", "오차를 제곱해 평균 낸 값입니다."),
    ("neuron, unit", "뉴런, 유닛", "Weighs its inputs, adds them up, and bends the sum.", "입력에 가중치를 곱해 더한 뒤 그 값을 휘게 하는 계산 단위입니다."),
    ("one-hot encoding", "원-핫 인코딩(가변수화)", "A column of zeros and ones for each category.", "범주마다 0과 1로 된 열을 하나씩 만드는 방법입니다."),
    ("optimizer", "옵티마이저", "The rule that turns gradients into steps.", "기울기를 보고 걸음을 정하는 규칙입니다."),
    ("outlier", "극단값", "A number far outside the rest.", "나머지와 멀리 떨어진 숫자입니다."),
    ("overfitting", "과적합", "Learning the train rows by heart, so that unseen rows go wrong.", "학습 데이터를 외워 버려 처음 보는 행에서 틀리는 것입니다."),
    ("parameter, weight", "파라미터, 가중치", "A number that training sets.", "학습이 정하는 숫자입니다."),
    ("regression", "회귀", "Predicting a number.", "숫자를 예측하는 문제입니다."),
    ("regularisation", "규제", "Anything that keeps a network from learning by heart.", "신경망이 외우지 못하게 막는 여러 방법입니다."),
    ("ReLU", "렐루", "An activation that passes positive numbers and turns negative ones to zero.", "양수는 그대로 두고 음수는 0으로 바꾸는 활성화 함수입니다."),
    ("RMSE", "평균제곱근오차", "The square root of the MSE, in units of the target.", "MSE의 제곱근으로, 단위가 목표값과 같습니다."),
    ("RNN", "순환 신경망", "A network that reads a series step by step and remembers.", "시계열을 한 시점씩 읽으며 기억을 이어 가는 신경망입니다."),
    ("saturation", "포화", "A unit stands at the end of a bounded activation, where the slope is nearly zero.", "유닛의 값이 활성화 함수의 끝에 붙어 기울기가 거의 0인 상태입니다."),
    ("scaling", "스케일링", "Bringing columns to the same size, such as mean 0 and spread 1.", "평균 0, 표준편차 1처럼 열의 크기를 서로 맞추는 일입니다."),
    ("seed", "시드", "The number that all random numbers come from, so that a run can be repeated.", "모든 난수의 출발점이 되는 수로, 같은 결과를 다시 얻게 해 줍니다."),
    ("SGD", "확률적 경사 하강법", "Gradient descent on one mini-batch after another.", "미니배치마다 한 걸음씩 가는 경사 하강법입니다."),
    ("sigmoid", "시그모이드", "An activation that squeezes any number between 0 and 1.", "어떤 수든 0과 1 사이로 눌러 담는 활성화 함수입니다."),
    ("softmax", "소프트맥스", "Turns the outputs into probabilities that add up to 1.", "출력을 합이 1인 확률로 바꾸는 함수입니다."),
    ("target", "목표값", "The column to be predicted.", "예측하려는 열의 값입니다."),
    ("tensor", "텐서", "A block of numbers with any number of axes.", "축이 몇 개든 될 수 있는 숫자 덩어리입니다."),
    ("test rows", "테스트 데이터", "Rows that judge once, after everything is chosen.", "모든 것을 정한 뒤 한 번만 평가에 쓰는 행입니다."),
    ("train rows", "학습 데이터", "Rows that set the weights.", "가중치를 정하는 데 쓰는 행입니다."),
    ("underfitting", "과소적합", "Having learned too little: both losses stay high.", "덜 배워 학습 손실과 검증 손실이 모두 높은 상태입니다."),
    ("validation rows", "검증 데이터", "Rows that choose: the epoch, the learning rate, the network.", "에포크, 학습률, 신경망을 고르는 데 쓰는 행입니다."),
    ("vanishing gradient", "사라지는 기울기", "Gradients that shrink from layer to layer, so that the first layers hardly learn.", "층을 지날수록 기울기가 작아져 앞쪽 층이 거의 배우지 못하는 현상입니다."),
    ("weight decay", "가중치 감쇠", "A steady pull of all weights towards zero.", "모든 가중치를 0 쪽으로 조금씩 당기는 방법입니다."),
)  # fmt: skip


def glossary(lang: str) -> str:
    """The table of terms in one language, in its own order.

    Args:
        lang: `en` or `ko`.
    """
    korean = lang == "ko"
    head = "| 용어 | 영어 | 뜻 |" if korean else "| term | Korean | meaning |"
    rows = [(ko, en, said) if korean else (en, ko, said) for en, ko, en_said, ko_said in TERMS for said in [ko_said if korean else en_said]]
    rows.sort(key=lambda row: row[0].lower())
    return "\n".join([head, "|---|---|---|", *(f"| {one} | {other} | {said} |" for one, other, said in rows)])
