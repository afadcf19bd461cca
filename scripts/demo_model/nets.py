"""The networks of the demo model: Stable Diffusion 1.x in small, with the key names of its single-file layout."""
import math

import torch
import torch.nn.functional as F
from torch import nn

import narrow

torch.backends.cuda.enable_cudnn_sdp(False)  # it would plan anew for each shape; flash attention does not
LATENT_SCALE = 0.18215
CONTEXT = 64  # width of the text encoder; CLIP's rule of 64 channels a head makes it one head
UNET_WIDTHS = (1, 2, 2, 2)  # times 64
VAE_WIDTHS = (64, 32, 64, 128)  # the decoder ends with 32 groups: with one channel each no field keeps its colour (docs/DEMO_MODEL.md)


class GroupNorm(nn.GroupNorm):
    """In the number format of its input: autocast would make every map fp32, twice the traffic for statistics that are fp32 anyway."""

    def forward(self, x):
        with torch.autocast(x.device.type, enabled=False):
            return F.group_norm(x, self.num_groups, self.weight.to(x.dtype), self.bias.to(x.dtype), self.eps)


def group_norm(channels, eps=1e-5):
    return GroupNorm(32, channels, eps=eps)


def zeroed(layer):
    """A residual branch that starts as nothing trains faster."""
    for parameter in layer.parameters():
        nn.init.zeros_(parameter)
    return layer


def attend(q, k, v):
    """On a CPU by narrow.cpp in training; else plain up to 256 tokens, where that is faster than torch's fused one in bf16."""
    if not q.is_cuda and torch.is_grad_enabled() and q.shape[-1] in narrow.WIDTHS:
        return narrow.attend(q, k, v)
    if k.shape[-2] > 256 or q.is_cuda:
        return F.scaled_dot_product_attention(q, k, v)
    return torch.softmax((q * q.shape[-1] ** -0.5) @ k.transpose(-1, -2), -1) @ v


# --- UNet (model.diffusion_model.*) ------------------------------------------------------------

class ResBlock(nn.Module):
    def __init__(self, c_in, c_out, width):
        super().__init__()
        self.in_layers = nn.Sequential(group_norm(c_in), nn.SiLU(), nn.Conv2d(c_in, c_out, 3, padding=1))
        self.emb_layers = nn.Sequential(nn.SiLU(), nn.Linear(width, c_out))
        self.out_layers = nn.Sequential(group_norm(c_out), nn.SiLU(), nn.Dropout(0),
                                        zeroed(nn.Conv2d(c_out, c_out, 3, padding=1)))
        self.skip_connection = nn.Conv2d(c_in, c_out, 1) if c_in != c_out else nn.Identity()

    def forward(self, x, emb, context):
        h = self.in_layers(x) + self.emb_layers(emb)[:, :, None, None]
        return self.skip_connection(x) + self.out_layers(h)


class Attention(nn.Module):
    def __init__(self, width, context, heads):
        super().__init__()
        self.heads = heads
        self.to_q = nn.Linear(width, width, bias=False)
        self.to_k = nn.Linear(context, width, bias=False)
        self.to_v = nn.Linear(context, width, bias=False)
        self.to_out = nn.Sequential(nn.Linear(width, width), nn.Dropout(0))

    def forward(self, x, context):
        n, tokens, width = x.shape
        q, k, v = (layer(y).view(n, -1, self.heads, width // self.heads).transpose(1, 2)
                   for layer, y in ((self.to_q, x), (self.to_k, context), (self.to_v, context)))
        return self.to_out(attend(q, k, v).transpose(1, 2).reshape(n, tokens, width))


class GEGLU(nn.Module):
    def __init__(self, width, inner):
        super().__init__()
        self.proj = nn.Linear(width, inner * 2)

    def forward(self, x):
        value, gate = self.proj(x).chunk(2, -1)
        return value * F.gelu(gate)


class FeedForward(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.net = nn.Sequential(GEGLU(width, 4 * width), nn.Dropout(0), nn.Linear(4 * width, width))

    def forward(self, x):
        return self.net(x)


class TransformerBlock(nn.Module):
    def __init__(self, width, context, heads):
        super().__init__()
        self.attn1 = Attention(width, width, heads)
        self.ff = FeedForward(width)
        self.attn2 = Attention(width, context, heads)
        self.norm1, self.norm2, self.norm3 = nn.LayerNorm(width), nn.LayerNorm(width), nn.LayerNorm(width)

    def forward(self, x, context):
        y = self.norm1(x)
        x = x + self.attn1(y, y)
        x = x + self.attn2(self.norm2(x), context)
        return x + self.ff(self.norm3(x))


class SpatialTransformer(nn.Module):
    def __init__(self, width, context, heads):
        super().__init__()
        self.norm = group_norm(width, 1e-6)
        self.proj_in = nn.Conv2d(width, width, 1)
        self.transformer_blocks = nn.ModuleList([TransformerBlock(width, context, heads)])
        self.proj_out = zeroed(nn.Conv2d(width, width, 1))

    def forward(self, x, emb, context):
        n, c, height, width = x.shape
        h = self.proj_in(self.norm(x)).flatten(2).transpose(1, 2)  # [N, T, C]
        h = self.transformer_blocks[0](h, context).transpose(1, 2).reshape(n, c, height, width)
        return x + self.proj_out(h)


class Downsample(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.op = nn.Conv2d(c, c, 3, 2, 1)

    def forward(self, x, emb, context):
        return self.op(x)


class Upsample(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.conv = nn.Conv2d(c, c, 3, padding=1)

    def forward(self, x, *_):
        return self.conv(F.interpolate(x, scale_factor=2.0, mode="nearest"))


class FirstConv(nn.Conv2d):
    def forward(self, x, emb, context):
        return super().forward(x)


class UNet(nn.Module):
    """x [N, 4, h, w], t [N], context [N, T, 64] -> eps. Attention on levels 0 to 2, 8 heads."""

    def __init__(self, channels=64, widths=UNET_WIDTHS, blocks=2, context=CONTEXT, heads=8):
        super().__init__()
        self.channels = channels
        emb = 4 * channels
        self.time_embed = nn.Sequential(nn.Linear(channels, emb), nn.SiLU(), nn.Linear(emb, emb))
        attention = range(len(widths) - 1)
        c, skips = channels, [channels]
        inputs = [nn.ModuleList([FirstConv(4, channels, 3, padding=1)])]
        for level, width in enumerate(widths):
            for _ in range(blocks):
                layers = [ResBlock(c, width * channels, emb)]
                c = width * channels
                if level in attention:
                    layers.append(SpatialTransformer(c, context, heads))
                inputs.append(nn.ModuleList(layers))
                skips.append(c)
            if level < len(widths) - 1:
                inputs.append(nn.ModuleList([Downsample(c)]))
                skips.append(c)
        self.input_blocks = nn.ModuleList(inputs)
        self.middle_block = nn.ModuleList([ResBlock(c, c, emb), SpatialTransformer(c, context, heads), ResBlock(c, c, emb)])
        outputs = []
        for level, width in reversed(list(enumerate(widths))):
            for i in range(blocks + 1):
                layers = [ResBlock(c + skips.pop(), width * channels, emb)]
                c = width * channels
                if level in attention:
                    layers.append(SpatialTransformer(c, context, heads))
                if level and i == blocks:
                    layers.append(Upsample(c))
                outputs.append(nn.ModuleList(layers))
        self.output_blocks = nn.ModuleList(outputs)
        self.out = nn.Sequential(group_norm(c), nn.SiLU(), zeroed(nn.Conv2d(c, 4, 3, padding=1)))

    def embed_time(self, t):
        half = self.channels // 2
        frequencies = torch.exp(-math.log(10000) * torch.arange(half, dtype=torch.float32, device=t.device) / half)
        angles = t.float()[:, None] * frequencies[None]
        return self.time_embed(torch.cat([angles.cos(), angles.sin()], -1))

    def forward(self, x, t, context):
        emb, skips = self.embed_time(t), []
        for block in self.input_blocks:
            for layer in block:
                x = layer(x, emb, context)
            skips.append(x)
        for layer in self.middle_block:
            x = layer(x, emb, context)
        for block in self.output_blocks:
            x = torch.cat([x, skips.pop()], 1)
            for layer in block:
                x = layer(x, emb, context)
        return self.out(x)


# --- text encoder (cond_stage_model.transformer.text_model.*) -----------------------------------

class TextLayer(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.self_attn = nn.ModuleDict({name: nn.Linear(width, width) for name in ("q_proj", "k_proj", "v_proj", "out_proj")})
        self.layer_norm1, self.layer_norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.mlp = nn.ModuleDict({"fc1": nn.Linear(width, 4 * width), "fc2": nn.Linear(4 * width, width)})

    def forward(self, x):
        n, tokens, width = x.shape
        y, attn = self.layer_norm1(x), self.self_attn
        q, k, v = (attn[name](y).view(n, tokens, self.heads, -1).transpose(1, 2) for name in ("q_proj", "k_proj", "v_proj"))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(n, tokens, width)
        x = x + attn["out_proj"](y)
        y = self.mlp["fc1"](self.layer_norm2(x))
        return x + self.mlp["fc2"](y * torch.sigmoid(1.702 * y))  # quick GELU


class TextEncoder(nn.Module):
    """ids [N, 77] -> [N, 77, 64]: CLIP's text model with its final layer norm."""

    def __init__(self, width=CONTEXT, layers=2, heads=1, vocabulary=49408):
        super().__init__()
        self.embeddings = nn.ModuleDict({"token_embedding": nn.Embedding(vocabulary, width),
                                         "position_embedding": nn.Embedding(77, width)})
        self.encoder = nn.ModuleDict({"layers": nn.ModuleList([TextLayer(width, heads) for _ in range(layers)])})
        self.final_layer_norm = nn.LayerNorm(width)
        nn.init.normal_(self.embeddings["token_embedding"].weight, std=0.08)
        nn.init.normal_(self.embeddings["position_embedding"].weight, std=0.02)

    def forward(self, ids):
        x = self.embeddings["token_embedding"](ids) + self.embeddings["position_embedding"].weight[None, :ids.shape[1]]
        for layer in self.encoder["layers"]:
            x = layer(x)
        return self.final_layer_norm(x)


# --- VAE (first_stage_model.*) ------------------------------------------------------------------

class VaeResBlock(nn.Module):
    def __init__(self, c_in, c_out):
        super().__init__()
        self.norm1, self.conv1 = group_norm(c_in, 1e-6), nn.Conv2d(c_in, c_out, 3, padding=1)
        self.norm2, self.conv2 = group_norm(c_out, 1e-6), zeroed(nn.Conv2d(c_out, c_out, 3, padding=1))
        if c_in != c_out:
            self.nin_shortcut = nn.Conv2d(c_in, c_out, 1)

    def forward(self, x):
        h = self.conv2(F.silu(self.norm2(self.conv1(F.silu(self.norm1(x))))))
        return (self.nin_shortcut(x) if hasattr(self, "nin_shortcut") else x) + h


class VaeAttention(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.norm = group_norm(c, 1e-6)
        self.q, self.k, self.v = nn.Conv2d(c, c, 1), nn.Conv2d(c, c, 1), nn.Conv2d(c, c, 1)
        self.proj_out = zeroed(nn.Conv2d(c, c, 1))

    def forward(self, x):
        y = self.norm(x)
        q, k, v = (layer(y).flatten(2).transpose(1, 2)[:, None] for layer in (self.q, self.k, self.v))
        return x + self.proj_out(attend(q, k, v)[:, 0].transpose(1, 2).reshape(x.shape))


class VaeDownsample(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.conv = nn.Conv2d(c, c, 3, 2, 0)

    def forward(self, x):
        return self.conv(F.pad(x, (0, 1, 0, 1)))


class Level(nn.Module):
    """A holder, so that keys read down.0.block.0, down.0.downsample."""


def middle(c):
    mid = Level()
    mid.block_1, mid.attn_1, mid.block_2 = VaeResBlock(c, c), VaeAttention(c), VaeResBlock(c, c)
    return mid


def through_middle(mid, x):
    return mid.block_2(mid.attn_1(mid.block_1(x)))


class Encoder(nn.Module):
    def __init__(self, widths, blocks):
        super().__init__()
        c = widths[0]
        self.conv_in, self.down = nn.Conv2d(3, c, 3, padding=1), nn.ModuleList()
        for i, width in enumerate(widths):
            level = Level()
            level.block = nn.ModuleList()
            for _ in range(blocks):
                level.block.append(VaeResBlock(c, width))
                c = width
            if i < len(widths) - 1:
                level.downsample = VaeDownsample(c)
            self.down.append(level)
        self.mid = middle(c)
        self.norm_out, self.conv_out = group_norm(c, 1e-6), nn.Conv2d(c, 8, 3, padding=1)

    def forward(self, x):
        x = self.conv_in(x)
        for level in self.down:
            for block in level.block:
                x = block(x)
            if hasattr(level, "downsample"):
                x = level.downsample(x)
        return self.conv_out(F.silu(self.norm_out(through_middle(self.mid, x))))


class Decoder(nn.Module):
    def __init__(self, widths, blocks):
        super().__init__()
        c, levels = widths[-1], []
        self.conv_in, self.mid = nn.Conv2d(4, c, 3, padding=1), middle(c)
        for i, width in reversed(list(enumerate(widths))):
            level = Level()
            level.block = nn.ModuleList()
            for _ in range(blocks + 1):
                level.block.append(VaeResBlock(c, width))
                c = width
            if i:
                level.upsample = Upsample(c)
            levels.insert(0, level)
        self.up = nn.ModuleList(levels)
        self.norm_out, self.conv_out = group_norm(c, 1e-6), nn.Conv2d(c, 3, 3, padding=1)

    def forward(self, z):
        x = through_middle(self.mid, self.conv_in(z))
        for level in reversed(self.up):
            for block in level.block:
                x = block(x)
            if hasattr(level, "upsample"):
                x = level.upsample(x)
        return self.conv_out(F.silu(self.norm_out(x)))


class VAE(nn.Module):
    """Pictures [N, 3, H, W] in -1..1 <-> latents [N, 4, H/8, W/8] (before LATENT_SCALE)."""

    def __init__(self, widths=VAE_WIDTHS, blocks=1):
        super().__init__()
        self.encoder, self.decoder = Encoder(widths, blocks), Decoder(widths, blocks)
        self.quant_conv, self.post_quant_conv = nn.Conv2d(8, 8, 1), nn.Conv2d(4, 4, 1)
        with torch.no_grad():
            for layer in (self.quant_conv, self.post_quant_conv):
                layer.weight.copy_(torch.eye(layer.weight.shape[0])[:, :, None, None])
                layer.bias.zero_()

    def encode(self, x):
        """The mean of the posterior."""
        return self.quant_conv(self.encoder(x))[:, :4]

    def decode(self, z):
        return self.decoder(self.post_quant_conv(z))


class TextToNoise(nn.Module):
    """What is trained together: UNet and text encoder."""

    def __init__(self):
        super().__init__()
        self.unet, self.text = UNet(), TextEncoder()


def alphas_cumprod():
    """Scaled-linear betas of SD 1.x, [1000]."""
    return torch.cumprod(1 - torch.linspace(0.00085 ** 0.5, 0.012 ** 0.5, 1000, dtype=torch.float64) ** 2, 0).float()
