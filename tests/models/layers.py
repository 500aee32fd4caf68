"""The numbers of layers_test.cpp, by PyTorch: values, and the gradient by x of the sum of value · cos(place)."""
import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)


def numbers(*shape, start=0):
    count = torch.tensor(shape).prod().item()
    return torch.remainder((torch.arange(count) + start) * 0.6180339887498949, 1).reshape(shape) * 4 - 2


def show(name, function, x):
    x = x.requires_grad_()
    y = function(x)
    weights = torch.cos(torch.arange(y.numel(), dtype=torch.float64)).reshape(y.shape)
    (dx,) = torch.autograd.grad((y * weights).sum(), x)
    for what, values in (("value", y), ("gradient", dx)):
        print(name, what, [float(f"{v:.12g}") for v in values.flatten().tolist()[:6]])


x = numbers(2, 4, 3)
weight, bias = numbers(4, start=50), numbers(4, start=60)
show("layer_norm", lambda x: F.layer_norm(x, [4, 3], numbers(4, 3, start=30), numbers(4, 3, start=70)), x)
show("rms_norm", lambda x: F.rms_norm(x, [3], numbers(3, start=30), 1e-6), x)
show("group_norm", lambda x: F.group_norm(x, 2, weight, bias), x)
show("instance_norm", lambda x: F.instance_norm(x), x)
mean, var = numbers(4, start=80), numbers(4, start=90).abs() + 0.5
show("batch_norm", lambda x: F.batch_norm(x, mean.clone(), var.clone(), weight, bias, False), x)
running_mean, running_var = mean.clone(), var.clone()
show("batch_norm training", lambda x: F.batch_norm(x, running_mean, running_var, weight, bias, True), x)
print("running", running_mean.tolist(), running_var.tolist())
show("normalize", lambda x: F.normalize(x, 3, 2), x)
other = numbers(2, 4, 3, start=33)
show("cosine_similarity", lambda x: F.cosine_similarity(x, other, 2), x)
show("pairwise_distance", lambda x: F.pairwise_distance(x, other, 1.5), x)
show("cdist", lambda x: torch.cdist(x, other, 2, "donot_use_mm_for_euclid_dist"), x)
show("bilinear", lambda x: F.bilinear(x, numbers(2, 4, 2, start=33), numbers(3, 3, 2, start=44), numbers(3, start=5)), x)
