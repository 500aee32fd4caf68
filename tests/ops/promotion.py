"""Prints promotion_by_pytorch.h: PyTorch's promote_types and can_cast of every pair of types. Run with torch installed."""
import torch

NAMES = "bool uint8 int8 int16 int32 int64 float16 bfloat16 float32 float64".split()

print("// What PyTorch's promote_types and can_cast say of every pair of types. Printed by promotion.py.")
print("#pragma once\n")
print("struct TypePair {\n  const char *a, *b, *promoted;\n  bool can_cast;  // a to b\n};")
print("inline constexpr TypePair by_pytorch[] = {")
for a in NAMES:
    for b in NAMES:
        first, second = getattr(torch, a), getattr(torch, b)
        promoted = str(torch.promote_types(first, second)).removeprefix("torch.")
        print(f'    {{"{a}", "{b}", "{promoted}", {str(torch.can_cast(first, second)).lower()}}},')
print("};")
