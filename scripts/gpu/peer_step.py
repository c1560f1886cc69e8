"""A SimCLR training step in PyTorch as PyTorch people write it: bf16 autocast, channels_last, fused SGD, cuDNN's benchmark mode.

The last line of the output is one JSON object; a step goes from one read of the loss to the next, on the host. The model is
the one of `tessera bench step`: a ResNet (torchvision's, with a 3 x 3 stem for small images), a head Linear-ReLU-Linear(128), NT-Xent
at 0.5, SGD at 0.01 with momentum 0.9.
"""
import argparse
import json
import statistics
import time

import torch
from torch import nn
from torch.nn import functional as F


def conv(inputs, outputs, kernel, stride=1):
    return nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)


class Basic(nn.Module):
    expansion = 1

    def __init__(self, inputs, width, stride):
        super().__init__()
        self.body = nn.Sequential(conv(inputs, width, 3, stride), nn.BatchNorm2d(width), nn.ReLU(inplace=True),
                                  conv(width, width, 3), nn.BatchNorm2d(width))
        self.short = shortcut(inputs, width, stride)

    def forward(self, x):
        return F.relu(self.body(x) + self.short(x), inplace=True)


class Bottleneck(Basic):
    expansion = 4

    def __init__(self, inputs, width, stride):
        nn.Module.__init__(self)
        self.body = nn.Sequential(conv(inputs, width, 1), nn.BatchNorm2d(width), nn.ReLU(inplace=True),
                                  conv(width, width, 3, stride), nn.BatchNorm2d(width), nn.ReLU(inplace=True),
                                  conv(width, width * 4, 1), nn.BatchNorm2d(width * 4))
        self.short = shortcut(inputs, width * 4, stride)


def shortcut(inputs, outputs, stride):
    if inputs == outputs and stride == 1:
        return nn.Identity()
    return nn.Sequential(conv(inputs, outputs, 1, stride), nn.BatchNorm2d(outputs))


def network(block, counts, size):
    small = size < 64
    layers = [conv(3, 64, 3 if small else 7, 1 if small else 2), nn.BatchNorm2d(64), nn.ReLU(inplace=True)]
    if not small:
        layers.append(nn.MaxPool2d(3, 2, 1))
    inputs = 64
    for stage, count in enumerate(counts):
        for i in range(count):
            layers.append(block(inputs, 64 << stage, 2 if stage > 0 and i == 0 else 1))
            inputs = (64 << stage) * block.expansion
    head = [nn.Linear(inputs, inputs), nn.ReLU(inplace=True), nn.Linear(inputs, 128)]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), *head)


def nt_xent(z, temperature):
    z = F.normalize(z.float())
    logits = (z @ z.T / temperature).fill_diagonal_(float("-inf"))
    half = z.shape[0] // 2
    positives = torch.arange(2 * half, device=z.device).roll(half)
    return F.cross_entropy(logits, positives)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--encoder", choices=["resnet18", "resnet50"], default="resnet18")
    parser.add_argument("--size", type=int, default=32)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--warmup", type=int, default=5)
    parser.add_argument("--precision", choices=["f32", "bf16"], default="bf16")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--tf32", action="store_true")
    args = parser.parse_args()
    device = torch.device(args.device)
    cuda = device.type == "cuda"
    torch.manual_seed(0)
    torch.backends.cudnn.benchmark = True
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = args.tf32
    block, counts = {"resnet18": (Basic, (2, 2, 2, 2)), "resnet50": (Bottleneck, (3, 4, 6, 3))}[args.encoder]
    net = network(block, counts, args.size).to(device, memory_format=torch.channels_last)
    x = torch.randn(2 * args.batch, 3, args.size, args.size, device=device).contiguous(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(net.parameters(), 0.01, momentum=0.9, fused=True)
    seconds = []
    for step in range(args.warmup + args.steps):
        start = time.perf_counter()
        with torch.autocast(device.type, dtype=torch.bfloat16, enabled=args.precision == "bf16"):
            z = net(x)
        loss = nt_xent(z, 0.5)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        value = loss.item()  # before the update, as ours does, to stop at a loss that is no number; it waits for the device
        optimizer.step()
        if step >= args.warmup:
            seconds.append(time.perf_counter() - start)
    print(json.dumps({
        "peer": "pytorch", "version": torch.__version__, "device": str(device), "encoder": args.encoder, "size": args.size,
        "batch": args.batch, "precision": args.precision, "layout": "channels_last", "tf32": args.tf32, "loss": value,
        "pairs_per_s_median": args.batch / statistics.median(seconds), "step_ms": [1000 * s for s in seconds],
        "device_peak_MB": torch.cuda.max_memory_allocated(device) / 2**20 if cuda else None,
    }))


main()
