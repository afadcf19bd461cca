"""Compares an exported demo model with diffusers and transformers: strict keys, equal outputs (fp32, within 1e-4).

usage: check_layout.py MODEL.safetensors        (needs diffusers and transformers)
"""
import sys

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from diffusers.loaders.single_file_utils import convert_ldm_unet_checkpoint, convert_ldm_vae_checkpoint
from safetensors.torch import load_file
from transformers import CLIPTextConfig, CLIPTextModel

from export import nets_of, part_of
from nets import CONTEXT, UNET_WIDTHS, VAE_WIDTHS
from tokens import ids_of

TOLERANCE = 1e-4


def peer_unet(weights):
    unet = UNet2DConditionModel(sample_size=32, block_out_channels=[64 * width for width in UNET_WIDTHS], layers_per_block=2,
                                cross_attention_dim=CONTEXT, attention_head_dim=8)
    unet.load_state_dict(convert_ldm_unet_checkpoint(dict(weights), unet.config), strict=True)
    return unet.eval()


def peer_vae(weights):
    levels = len(VAE_WIDTHS)
    vae = AutoencoderKL(block_out_channels=VAE_WIDTHS, down_block_types=("DownEncoderBlock2D",) * levels,
                        up_block_types=("UpDecoderBlock2D",) * levels, layers_per_block=1, latent_channels=4)
    vae.load_state_dict(convert_ldm_vae_checkpoint(dict(weights), vae.config), strict=True)
    return vae.eval()


def peer_text(weights):
    config = CLIPTextConfig(vocab_size=49408, hidden_size=CONTEXT, intermediate_size=4 * CONTEXT, num_hidden_layers=2,
                            num_attention_heads=1, hidden_act="quick_gelu", bos_token_id=49406, eos_token_id=49407)
    text = CLIPTextModel(config)
    text.load_state_dict({"text_model." + key: value for key, value in part_of(weights, "text.").items()}, strict=True)
    return text.eval()


def close(name, ours, theirs):
    difference = (ours - theirs).abs().max().item()
    print(f"{name}: largest difference {difference:.1e} (largest value {ours.abs().max().item():.2f})")
    return difference <= TOLERANCE * max(1.0, ours.abs().max().item())


@torch.no_grad()
def compare_with_peers(path):
    """Prints one line for each part; ends the program where a part differs."""
    torch.manual_seed(0)
    vae, net = nets_of(path)
    weights = {key: value.float() for key, value in load_file(path).items()}
    ids = torch.tensor([ids_of("sunset, lake, pine trees")])
    context, x, t = net.text(ids), torch.randn(1, 4, 16, 16), torch.tensor([400])
    picture = torch.rand(1, 3, 64, 64) * 2 - 1
    latent, peer = vae.encode(picture), peer_vae(weights)
    same = [close("text", context, peer_text(weights)(ids).last_hidden_state),
            close("unet", net.unet(x, t, context), peer_unet(weights)(x, t, context).sample),
            close("vae encode", latent, peer.encode(picture).latent_dist.mean),
            close("vae decode", vae.decode(latent), peer.decode(latent).sample)]
    if not all(same):
        raise SystemExit("check_layout: the file does not give what nets.py gives")


if __name__ == "__main__":
    compare_with_peers(sys.argv[1])
