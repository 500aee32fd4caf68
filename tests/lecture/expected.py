# The numbers that lecture_test.cpp expects, by NumPy, SciPy and scikit-learn, which know nothing of gradtape:
#   pip install numpy scipy scikit-learn && python3 expected.py
# It prints them by topic; those in the test were printed by NumPy 2.4.6, SciPy 1.17.1, scikit-learn 1.9.1.
import numpy as np
from scipy import integrate, optimize, special
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

np.set_printoptions(precision=12)


def noise(first, count):  # of examples/lecture/slide.h
    i = np.arange(first, first + count) + 1.0
    uniform = lambda angle: np.modf(43758.5453 * np.sin(angle * i))[0] % 1
    return np.sqrt(-2 * np.log(uniform(12.9898))) * np.cos(2 * np.pi * uniform(78.233))


def show(topic, **numbers):
    for name, value in numbers.items():
        print(f"{topic:16} {name:24} {value!r}" if np.ndim(value) else f"{topic:16} {name:24} {float(value)!r}")


def minimum(loss, start, gradient=None):
    found = optimize.minimize(loss, start, jac=gradient, method="BFGS", options={"gtol": 1e-11})
    return found.x, found.fun


# The linear model
x = np.stack([noise(0, 50), noise(50, 50) + 0.5, np.ones(50)], 1)
y = x @ [1, -2, 0.5] + 0.5 * noise(100, 50)
theta = np.linalg.lstsq(x, y, rcond=None)[0]
show("linear_model", theta=theta, least=np.mean((x @ theta - y) ** 2))

# The loss landscape
x1 = noise(0, 40)
x = np.stack([x1, 0.8 * x1 + 0.6 * noise(40, 40)], 1)
y = 1.5 * x[:, 0] - 0.5 * x[:, 1] + 0.3 * noise(80, 40)
loss = lambda t: np.mean((x @ t - y) ** 2)
slope = lambda t: 2 * x.T @ (x @ t - y) / 40


def walk(step):
    t, state = np.array([-1.5, 2.0]), {"m": np.zeros(2), "v": np.zeros(2)}
    for k in range(1, 41):
        t = step(t, k, state)
    return loss(t)


def momentum(t, k, s):
    s["m"] = 0.8 * s["m"] + slope(t)
    return t - 0.1 * s["m"]


def adam(t, k, s):
    g = slope(t)
    s["m"], s["v"] = 0.9 * s["m"] + 0.1 * g, 0.999 * s["v"] + 0.001 * g * g
    return t - 0.3 * (s["m"] / (1 - 0.9**k)) / (np.sqrt(s["v"] / (1 - 0.999**k)) + 1e-8)


show("loss_landscape", curvature=np.linalg.eigvalsh(2 * x.T @ x / 40),
     **{f"rate_{r}": walk(lambda t, k, s: t - r * slope(t)) for r in (0.03, 0.4, 0.66)},
     momentum=walk(momentum), adam=walk(adam), least=loss(np.linalg.lstsq(x, y, rcond=None)[0]))

# Polynomial features
truth = lambda at: np.sin(np.pi * at)
x, held = np.linspace(-1, 1, 20), np.linspace(-1, 1, 200)
y, held_y = truth(x) + 0.3 * noise(0, 20), truth(held) + 0.3 * noise(20, 200)
for degree, l2 in ((1, 0), (3, 0), (12, 0), (12, 0.01)):
    powers = lambda at: np.vander(np.atleast_1d(at), degree + 1, increasing=True)
    stacked = np.concatenate([powers(x), np.sqrt(l2) * np.eye(degree + 1)])
    w = np.linalg.lstsq(stacked, np.concatenate([y, np.zeros(degree + 1)]), rcond=None)[0]
    f = lambda at: powers(at) @ w
    apart = integrate.quad(lambda at: (f(at)[0] - truth(at)) ** 2, -1, 1, epsabs=1e-13, limit=500)[0]
    show(f"polynomials", **{f"{k}_{degree}_{l2}": v for k, v in (
        ("train", np.mean((f(x) - y) ** 2)), ("held_out", np.mean((f(held) - held_y) ** 2)), ("true", 0.09 + apart / 2))})

# Softmax
z = np.array([-1.0, 0.0, 2.0])
show("softmax", exp=special.softmax(z), **{name: g(v) / g(v).sum() for name, g, v in (
    ("squares", np.square, z), ("moved", np.square, z + 1), ("sizes", np.abs, z), ("sizes_moved", np.abs, z + 1),
    ("relu", lambda v: np.maximum(v, 0), z), ("relu_moved", lambda v: np.maximum(v, 0), z + 1))})
labels = np.arange(90) // 30
x = np.array([[0, 1.5], [-1.5, -1], [1.5, -1]])[labels] + 0.7 * np.stack([noise(0, 90), noise(90, 90)], 1)


def softmax_optimum(x, labels, l2, classes):
    """Mean NLL + l2 ‖weights‖² by scikit-learn, whose loss is C · sum of NLL + ½ ‖weights‖²."""
    model = LogisticRegression(C=1 / (2 * l2 * len(x)), tol=1e-12, max_iter=100000, solver="lbfgs").fit(x, labels)
    return model


def nll(model, x, labels):
    return -np.mean(np.log(model.predict_proba(x)[np.arange(len(x)), labels]))


clouds = softmax_optimum(x, labels, 0.01, 3)
show("softmax", nll=nll(clouds, x, labels), accuracy=clouds.score(x, labels))

# Dog and cat
x, dog = np.concatenate([noise(0, 30) - 1, noise(30, 30) + 1]), np.arange(60) >= 30
bce = lambda w: np.mean(np.logaddexp(0, np.where(dog, -1, 1) * w * x))
one = optimize.minimize_scalar(bce, bracket=(0, 3), tol=1e-14)
decayed = optimize.minimize_scalar(lambda t: bce(2 * t) + 0.04 * t * t, bracket=(0, 3), tol=1e-14)
show("two_classes", w=one.x, nll=one.fun, theta2=decayed.x)

# Logistic regression on digits
images, digit = load_digits(return_X_y=True)
images = images / 16
fifth = np.arange(1797) % 5
seen, unseen, few, held, test = fifth > 0, fifth == 0, fifth == 1, (fifth == 2) | (fifth == 3), (fifth == 0) | (fifth == 4)
eight = LogisticRegression(C=1, tol=1e-12, max_iter=100000).fit(images[seen], digit[seen] == 8)
margin = np.where(digit == 8, 1, -1) * (images @ eight.coef_[0] + eight.intercept_[0])
show("logistic_digits", loss=np.mean(np.logaddexp(0, -margin[seen])) + np.sum(eight.coef_**2) / (2 * 1437),
     norm=np.linalg.norm(eight.coef_), bias=eight.intercept_[0], errors=np.sum(margin[unseen] < 0))
np.savetxt("eight.csv", np.append(eight.coef_[0], eight.intercept_[0]), fmt="%.10f")

# Maximum likelihood
product, count = 1.0, 0
while product > 0:
    product, count = product * 0.1, count + 1
trained = softmax_optimum(images[seen], digit[seen], 0.0005, 10)
moved = np.pad(images[unseen].reshape(-1, 8, 8), ((0, 0), (0, 0), (1, 0)))[:, :, :8].reshape(-1, 64)
show("likelihood", zero_at=count, untrained=-1437 * np.log(10), trained=-1437 * nll(trained, images[seen], digit[seen]),
     alike=trained.score(images[unseen], digit[unseen]), moved=trained.score(moved, digit[unseen]))

# Cross-entropy
p, q = np.array([0.7, 0.2, 0.1]), special.softmax([1, 0.5, -0.5])
show("cross_entropy", soft=-np.sum(p * np.log(q)), entropy=special.entr(p).sum(), kl=special.rel_entr(p, q).sum(), hard=-np.log(q[0]),
     spread=np.sqrt((np.sum(p * np.log(q) ** 2) - np.sum(p * np.log(q)) ** 2) / 10000))

# Three losses
x, y = np.concatenate([noise(0, 30) - 1, noise(30, 30) + 1]), (np.arange(60) >= 30) * 1.0
sigma = lambda t: special.expit(2 * (x - t))
square = lambda t: np.mean((sigma(t) - y) ** 2)
logs = lambda t: np.mean(np.logaddexp(0, np.where(y, -2, 2) * (x - t)))
least = optimize.minimize_scalar(logs, bracket=(-1, 1), tol=1e-14)
show("three_losses", square_slope=np.mean(2 * (sigma(6) - y) * sigma(6) * (1 - sigma(6)) * -2), nll_slope=np.mean((sigma(6) - y) * -2),
     square_theta=optimize.minimize_scalar(square, bracket=(-1, 1), tol=1e-14).x, nll_theta=least.x, nll=least.fun,
     zero_one=np.mean((x > least.x) != (y > 0)))

# Empirical and true risk
x, truth = noise(0, 2000).reshape(50, 40), np.eye(40)[0]
y = x @ truth + noise(2000, 50)
theta, train, true = np.zeros(40), [], []
for step in range(1001):
    train.append(np.mean((x @ theta - y) ** 2))
    true.append(1 + np.sum((theta - truth) ** 2))
    theta = theta - 0.1 * 2 * x.T @ (x @ theta - y) / 50
show("true_risk", hoeffding=np.sqrt(np.log(40) / 800), normal=1.96 * np.sqrt(0.16 * 0.84 / 400), step=np.argmin(true), best=min(true), last=true[-1], train=train[-1])

# Ten percentages
sure = softmax_optimum(images[few], digit[few], 1e-6, 10)
held_z, test_z = sure.decision_function(images[held]), sure.decision_function(images[test])
of = lambda z, labels, t: -np.mean(special.log_softmax(z / t, 1)[np.arange(len(z)), labels])
t = optimize.minimize_scalar(lambda t: of(held_z, digit[held], t), bracket=(0.5, 3), tol=1e-12).x


def calibration_error(p, labels, bins):
    sure, right = p.max(1), p.argmax(1) == labels
    bin = np.clip(np.ceil(sure * bins) - 1, 0, bins - 1)
    return sum(abs(np.sum(right[bin == b]) - np.sum(sure[bin == b])) for b in range(bins)) / len(labels)


for name, at in (("before", 1), ("after", t)):
    show("ten_percentages", **{f"nll_{name}": of(test_z, digit[test], at), f"error_{name}": calibration_error(special.softmax(test_z / at, 1), digit[test], 10),
                               f"error15_{name}": calibration_error(special.softmax(test_z / at, 1), digit[test], 15)})
show("ten_percentages", temperature=t, accuracy=sure.score(images[test], digit[test]))

# Marr's three levels
task = softmax_optimum(images[seen], digit[seen], 0.001, 10)
show("marr", loss=nll(task, images[seen], digit[seen]) + 0.001 * np.sum(task.coef_**2), accuracy=task.score(images[unseen], digit[unseen]))
