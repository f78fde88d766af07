"""Numbers that look random and are the same for the same input, everywhere and always."""

from __future__ import annotations

MASK = (1 << 30) - 1


def mixed(*numbers: int) -> int:
    """A 30-bit number."""
    return (stirred(*numbers) * 0x5851F42D >> 12) & MASK


def stirred(*numbers: int, value: int = 0x2545F491) -> int:
    """What `mixed` makes a number of. `value`: of the numbers before, if there are any."""
    for number in numbers:
        value = ((value ^ (number & 0x3FFFFFFF)) * 0x9E3779B1 + 0x7F4A7C15) & 0x3FFFFFFFFFFF
        value ^= value >> 17
        while number > 0x3FFFFFFF:  # ids have up to 63 bits
            number >>= 30
            value = ((value ^ (number & 0x3FFFFFFF)) * 0x9E3779B1 + 0x7F4A7C15) & 0x3FFFFFFFFFFF
            value ^= value >> 17
    return value


def mixed_behind(value: int, first: int, last: int) -> int:
    """`mixed` of what has stirred up to a value and two numbers of less than 30 bits, as the hot path asks for."""
    value = ((value ^ first) * 0x9E3779B1 + 0x7F4A7C15) & 0x3FFFFFFFFFFF
    value ^= value >> 17
    value = ((value ^ last) * 0x9E3779B1 + 0x7F4A7C15) & 0x3FFFFFFFFFFF
    value ^= value >> 17
    return (value * 0x5851F42D >> 12) & 0x3FFFFFFF


def shaken(value: int) -> int:
    """What the hot path mixes with; `value` has 30 bits."""
    return (value * 0x9E3779B1) >> 13
