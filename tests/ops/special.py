"""The numbers of special_test.cpp, by mpmath: python3 special.py

Prints points and the values there, with 20 digits. Every point is a float32.
"""
from mpmath import *

mp.dps = 50

eighths = [-23, -11, -5, -1, 1, 3, 7, 12, 20, 33]


def scaled(numbers, by):
    return [mpf(n) * by for n in numbers]


def polygamma(n):
    return lambda x: polygamma_below_0(n, x) if x < 0 else psi(n, x)


def polygamma_below_0(n, x):  # by the sum over all whole numbers, less that of 1 - x
    near, s = x - nint(x), n + 1
    over_all = near ** -s + zeta(s, 1 + near) + (-1) ** s * zeta(s, 1 - near)
    return (-1) ** s * factorial(n) * (over_all - (-1) ** s * zeta(s, 1 - x))


def bessel(order):
    return lambda x: besseli(order, x)


everywhere = scaled(eighths, mpf(1) / 8) + [mpf(2) ** -40, -mpf(2) ** -70, mpf(2) ** 40]
inside = scaled([-63, -40, -33, -31, -9, 1, 20, 32, 50, 63], mpf(1) / 64) + [mpf(2) ** -40, 1 - mpf(2) ** -24]
middle = scaled([-700, -91, -60, -20, -3, 1, 9, 40, 60, 300, 700], mpf(1) / 8)
positive = scaled([1, 5, 8, 9, 23, 60, 150, 900], mpf(1) / 8) + [mpf(2) ** -40]
gammas = scaled([-300, -43, -19, -9, -3, -1, 1, 3, 5, 8, 12, 16, 30, 90, 400], mpf(1) / 8) + [mpf(2) ** -40]

functions = {
    "tan": (tan, everywhere),
    "asin": (asin, inside),
    "acos": (acos, inside),
    "sinh": (sinh, middle + [mpf(2) ** -40]),
    "cosh": (cosh, middle),
    "asinh": (asinh, everywhere + [-mpf(2) ** 100]),
    "acosh": (acosh, [1 + mpf(2) ** -20, mpf(9) / 8, mpf(3), mpf(100), mpf(2) ** 100]),
    "atanh": (atanh, inside),
    "erfc": (erfc, everywhere[:-1] + [mpf(5), mpf(9)]),
    "erfinv": (erfinv, inside + [1 - 3 * mpf(2) ** -14]),
    "lgamma": (lambda x: re(loggamma(x)), gammas + [mpf(2) ** 100, mpf(2) ** -148, -mpf(2) ** -148]),
    "digamma": (digamma, gammas + [mpf(2) ** 100]),
    "trigamma": (polygamma(1), gammas),
    "polygamma(2)": (polygamma(2), gammas),
    "polygamma(3)": (polygamma(3), gammas[:-1]),
    "polygamma(6)": (polygamma(6), gammas[5:13]),
    "polygamma(7)": (polygamma(7), scaled([-9, -1, 3], mpf(1) / 8)),
    "i0": (bessel(0), middle),
    "i1": (bessel(1), middle),
    "entr": (lambda x: -x * log(x), positive),
    "logit": (lambda x: log(x / (1 - x)), [abs(x) for x in inside] + [0.5 + mpf(2) ** -12, 0.5 - 3 * mpf(2) ** -25]),
    "sinc": (sincpi, everywhere[:-1] + [mpf(12345) / 16, mpf(0)]),
}
pairs = [(mpf(a) / 4, mpf(b) / 4) for a, b in [(1, 1), (3, -2), (-9, 20), (40, -40), (-300, -301), (7, 6)]]
of_two = {
    "logaddexp": (lambda a, b: max(a, b) + log1p(exp(-abs(a - b))), pairs + [(15 * mpf(2) ** -53, mpf(-30))]),
    "logaddexp2": (
        lambda a, b: max(a, b) + log1p(mpf(2) ** -abs(a - b)) / log(2),
        pairs + [(15 * mpf(2) ** -53, mpf(-45))],
    ),
    "xlogy": (lambda a, b: a * log(b), [(a, abs(b)) for a, b in pairs]),
    "xlog1py": (lambda a, b: a * log1p(b), [(a, abs(b) / 1024) for a, b in pairs]),
}


def show(numbers, digits):
    return "{" + ", ".join(nstr(x, digits, strip_zeros=True) for x in numbers) + "}"


def print_table(name, columns, values):
    print(name + "(" + ", ".join(show(column, 17) for column in columns) + ")\n  = " + show(values, 20))


for name, (f, points) in functions.items():
    print_table(name, [points], [f(x) for x in points])
for name, (f, points) in of_two.items():
    print_table(name, zip(*points), [f(a, b) for a, b in points])
