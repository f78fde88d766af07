"""Numbers that look random and are the same for the same input, everywhere and always."""

from __future__ import annotations

MASK = (1 << 30) - 1


def mixed(*numbers: int) -> int:
    """A 30-bit number."""
    value = 0x2545F491
    for number in numbers:
        while True:
            value = ((value ^ (number & MASK)) * 0x9E3779B1 + 0x7F4A7C15) & 0x3FFFFFFFFFFF
            value ^= value >> 17
            number >>= 30  # ids have up to 63 bits
            if number <= 0:
                break
    return ((value * 0x5851F42D) >> 12) & MASK


def shaken(value: int) -> int:
    """What the hot path mixes with; `value` has 30 bits."""
    return (value * 0x9E3779B1) >> 13
