"""Fails if an object needs a symbol that is not on the allow-list. Usage: llvm-nm -u OBJECT | undefined_symbols.py"""
import sys

# What a C compiler may call for a plain loop that copies or clears, and every embedded C library has.
ALLOWED = {"memcpy", "memmove", "memset"}

undefined = {line.split()[-1] for line in sys.stdin if line.strip() and not line.rstrip().endswith(":")}
unexpected = sorted(undefined - ALLOWED)
print("needs:", ", ".join(sorted(undefined)) or "nothing")
if unexpected:
    sys.exit("not on the allow-list: " + ", ".join(unexpected))
