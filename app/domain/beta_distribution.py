"""The beta distribution's share below a point, its quantiles, and the tail of a binomial.

Sources: DLMF 8.17.22 (the continued fraction of the incomplete beta function, by Lentz's
method) and DLMF 8.17.5 (a binomial's tail is an incomplete beta function). Own code, since
the domain is numpy at most, and scipy would bring 110 MB for three functions.
"""

from math import exp, lgamma, log, log1p

_SMALLEST = 1e-300
_PRECISION = 1e-14
_MOST_STEPS = 100_000
# Halving an interval of 1 this often is more than a float can tell apart near 1.
_HALVINGS = 80


def share_below(point: float, *, alpha: float, beta: float) -> float:
    """Return the part of Beta(alpha, beta) that lies at or below ``point``.

    Raises ArithmeticError for evidence beyond what floats can tell apart, of some 1e15 answers.
    """
    if point <= 0:
        return 0.0
    if point >= 1:
        return 1.0
    # The fraction converges fast on one side of the mean; the other side is its mirror.
    if point > (alpha + 1) / (alpha + beta + 2):
        return 1.0 - _front(1 - point, beta, alpha)
    return _front(point, alpha, beta)


def quantile(share: float, *, alpha: float, beta: float) -> float:
    """Return the point that ``share`` of Beta(alpha, beta) lies below."""
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if share_below(middle, alpha=alpha, beta=beta) < share:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def binomial_tail(successes: int, *, trials: int, chance: float) -> float:
    """Return the probability of ``successes`` or more in ``trials`` of ``chance`` each."""
    if successes <= 0:
        return 1.0
    if successes > trials:
        return 0.0
    return share_below(chance, alpha=successes, beta=trials - successes + 1)


def _front(point: float, alpha: float, beta: float) -> float:
    """Return x^a (1-x)^b / (a B(a, b)) times the continued fraction."""
    log_beta = lgamma(alpha) + lgamma(beta) - lgamma(alpha + beta)
    log_front = alpha * log(point) + beta * log1p(-point) - log_beta - log(alpha)
    return min(1.0, exp(log_front) * _fraction(point, alpha, beta))


def _fraction(point: float, alpha: float, beta: float) -> float:
    """Return 1/(1 + d1/(1 + d2/(1 + ...)))."""
    numerator, denominator, value = 1.0, 0.0, 1.0
    for step in range(1, _MOST_STEPS):
        term = _term(step, point, alpha, beta)
        denominator = 1 / _apart(1 + term * denominator)
        numerator = _apart(1 + term / numerator)
        value *= numerator * denominator
        if abs(numerator * denominator - 1) < _PRECISION:
            return 1 / value
    raise ArithmeticError(f"Beta({alpha}, {beta}) is beyond what floats can tell")


def _term(step: int, point: float, alpha: float, beta: float) -> float:
    half, odd = divmod(step, 2)
    below = alpha + step - 1
    if odd:
        return -(alpha + half) * (alpha + beta + half) * point / (below * (below + 1))
    return half * (beta - half) * point / (below * (below + 1))


def _apart(value: float) -> float:
    """Return ``value``, or the smallest step away from a division by zero."""
    return value if abs(value) > _SMALLEST else _SMALLEST
