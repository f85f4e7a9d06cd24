/* Transformers written with PyTorch's modules. The names are those that GPT-2, nanoGPT,
 * PyTorch itself and small code about grokking give; the first of each choice is what
 * an export writes. */
#include "train/exchange/naming/table.h"

/* A block, by what stands before its parts; a network of one may have nothing there. */
#define BLOCK(first)                                                              \
    "{" first ",h.*.,blocks.*.,layers.*.,block.*.,layer.*.,transformer.h.*.,"     \
    "transformer.blocks.*.,transformer.layers.*.,encoder.layers.*.,"              \
    "encoder.blocks.*.,transformer_encoder.layers.*.,transformer.encoder.layers." \
    "*.,transformer_blocks.*.,decoder.layers.*.,encoder_layer.,block.,layer.,"    \
    "transformer.,encoder.,}"

#define ATTENTION(first) "{" first ",attn,attention,self_attn,self_attention,mha,sa}"
#define MLP "{mlp,ff,ffn,feed_forward,feedforward,ff_net,linear}."

/* ---- Around the blocks ---- */

#define TOKENS(first)                                                               \
    {                                                                               \
        "embed.W_E",                                                                \
            "{" first ",wte,tok,tok_emb,token_emb,tok_embed,token_embed,embed,emb," \
            "embedding,embeddings,token_embedding,token_embeddings,tok_embedding,"  \
            "tokens,W_E,transformer.wte,embed_tokens,encoder.embedding}{.weight,}", \
            "d_vocab d_model"                                                       \
    }
#define POSITION_NAMES(first)                                                    \
    "{" first ",wpe,pos_emb,pos_embed,pos_embedding,pos_embeddings,"             \
    "position_emb,position_embed,position_embedding,position_embeddings,"        \
    "positional_embedding,pos_encoding,positional_encoding,pos_encoder,pos_enc," \
    "pos,position,W_pos,transformer.wpe}{.weight,.pe,.pos_embedding,}"
#define POSITIONS(first)                                               \
    {"pos_embed.W_pos", POSITION_NAMES(first), "n_ctx d_model"},       \
        {"pos_embed.W_pos", POSITION_NAMES(first), "1 n_ctx d_model"}, \
    {                                                                  \
        "pos_embed.W_pos", POSITION_NAMES(first), "n_ctx 1 d_model"    \
    }

#define NORM(own, names)                                 \
    {own ".w", names ".{weight,gamma,w,scale,g}", NULL}, \
    {                                                    \
        own ".b", names ".{bias,beta,b}", NULL           \
    }
#define NORMS(block, first, second)                                                  \
    NORM("blocks.*.ln1", block "{" first ",ln1,ln_1,norm1,norm_1,layernorm1,"        \
                               "layer_norm1,layer_norm_1,attn_norm,norm_attn,"       \
                               "ln_attn,attention_norm,input_layernorm}"),           \
        NORM("blocks.*.ln2",                                                         \
             block "{" second ",ln2,ln_2,norm2,norm_2,layernorm2,layer_norm2,"       \
                   "layer_norm_2,mlp_norm,norm_mlp,ln_mlp,ff_norm,ffn_norm,norm_ff," \
                   "post_attention_layernorm}")
#define LAST_NORM(first)                                                         \
    NORM("ln_final", "{" first ",ln_f,ln_final,final_ln,norm,norm_f,final_norm," \
                     "ln_out,ln,layer_norm,layernorm,final_layer_norm,"          \
                     "transformer.ln_f,encoder.norm,transformer_encoder.norm}")

#define OUTPUT_NAMES                                                          \
    "{lm_head,unembed,unembedding,head,out,output,fc,fc_out,W_U,classifier,"  \
    "to_logits,output_layer,readout,linear,proj,lin_out,decoder,output_proj," \
    "out_proj,final,fc_final,output_projection}"
#define OUTPUT                                                         \
    {"unembed.W_U", OUTPUT_NAMES "{.weight,}", "d_vocab_out d_model"}, \
    {                                                                  \
        "unembed.b_U", OUTPUT_NAMES ".bias", NULL                      \
    }

/* ---- MLPs ---- */

#define IN_NAMES(first)                                                          \
    "{" first ",mlp.c_fc,mlp.fc1,mlp.fc_in,mlp.up,mlp.up_proj,mlp.W_in,mlp.w1,"  \
    "mlp.lin1,mlp.linear1,mlp.in_proj,mlp.0,mlp.net.0,mlp.layers.0,linear1,fc1," \
    "lin1,ff.0,ff.net.0,ff.fc1,ff.linear1,ff.w3,ffn.0,ffn.net.0,ffn.fc1,"        \
    "ffn.linear1,ffn.w3,ffwd.net.0,feed_forward.0,feed_forward.net.0,"           \
    "feed_forward.fc1,feed_forward.w3,feed_forward.linear1,feedforward.0}"
#define OUT_NAMES(first)                                                           \
    "{" first ",mlp.c_proj,mlp.fc2,mlp.fc_out,mlp.down,mlp.down_proj,mlp.W_out,"   \
    "mlp.w2,mlp.lin2,mlp.linear2,mlp.out_proj,mlp.2,mlp.3,mlp.net.2,mlp.net.3,"    \
    "mlp.layers.2,linear2,fc2,lin2,ff.2,ff.3,ff.net.2,ff.net.3,ff.fc2,ff.linear2," \
    "ff.w2,ffn.2,ffn.3,ffn.net.2,ffn.net.3,ffn.fc2,ffn.linear2,ffn.w2,"            \
    "ffwd.net.2,feed_forward.2,feed_forward.3,feed_forward.net.2,"                 \
    "feed_forward.fc2,feed_forward.w2,feed_forward.linear2,feedforward.2}"
/* LLaMA's w1 is the gate and w3 the linear part. */
#define GATE_NAMES                                                          \
    "{mlp.gate,mlp.gate_proj,mlp.W_gate,mlp.w_gate,ff.gate,ff.w1,ffn.gate," \
    "ffn.w1,feed_forward.w1,feed_forward.gate}"
#define LAYERS(block, in, out)                                                      \
    {"blocks.*.mlp.W_in", block IN_NAMES(in) "{.weight,}", "d_mlp d_model"},        \
        {"blocks.*.mlp.b_in", block IN_NAMES(in) ".bias", NULL},                    \
        {"blocks.*.mlp.W_gate", block GATE_NAMES "{.weight,}", "d_mlp d_model"},    \
        {"blocks.*.mlp.b_gate", block GATE_NAMES ".bias", NULL},                    \
        {"blocks.*.mlp.W_out", block OUT_NAMES(out) "{.weight,}", "d_model d_mlp"}, \
    {                                                                               \
        "blocks.*.mlp.b_out", block OUT_NAMES(out) ".bias", NULL                    \
    }

/* ---- Attention ---- */

/* Rows q | k | v of one matrix and one bias. */
#define FUSED(weight, bias)                                            \
    {"blocks.*.attn.W_Q", weight, "(0/3 n_heads d_head) d_model"},     \
        {"blocks.*.attn.W_K", weight, "(1/3 n_heads d_head) d_model"}, \
        {"blocks.*.attn.W_V", weight, "(2/3 n_heads d_head) d_model"}, \
        {"blocks.*.attn.b_Q", bias, "(0/3 n_heads d_head)"},           \
        {"blocks.*.attn.b_K", bias, "(1/3 n_heads d_head)"},           \
    {                                                                  \
        "blocks.*.attn.b_V", bias, "(2/3 n_heads d_head)"              \
    }
#define HEADS_OUT(names)                                                   \
    {"blocks.*.attn.W_O", names "{.weight,}", "d_model (n_heads d_head)"}, \
    {                                                                      \
        "blocks.*.attn.b_O", names ".bias", NULL                           \
    }
#define O_NAMES                                                                    \
    "{c_proj,proj,out_proj,o_proj,W_O,W_o,wo,out,o,to_out,to_out.0,output,fc_out," \
    "out_linear,linear_out}"

/* Blocks of code that writes attention out have its parts beside the others. */
#define NUMBERED                                                                       \
    "{h.*.,blocks.*.,layers.*.,block.*.,layer.*.,transformer.h.*.,transformer.blocks." \
    "*.,transformer.layers.*.}"
#define O_OF_BLOCK "{proj,out_proj,o_proj,c_proj,W_O,W_o,wo,attn_out,attn_proj}"

#define MAP(name, naming)          \
    const gsc_map gsc_map_##name = \
        GSC_MAP_OF(naming, GSC_FAMILY_TRANSFORMER, name##_lines)

#define GPT "transformer.h.*."
#define QKV "{c_attn,qkv,qkv_proj,W_QKV,W_qkv,in_proj,to_qkv,query_key_value}"

static const gsc_map_line nanogpt_lines[] = {
    TOKENS("transformer.wte"),
    POSITIONS("transformer.wpe"),
    FUSED(BLOCK(GPT) ATTENTION("attn") "." QKV "{.weight,}",
          BLOCK(GPT) ATTENTION("attn") "." QKV ".bias"),
    HEADS_OUT(BLOCK(GPT) ATTENTION("attn") "." O_NAMES),
    FUSED(NUMBERED QKV "{.weight,}", NUMBERED QKV ".bias"),
    HEADS_OUT(NUMBERED O_OF_BLOCK),
    LAYERS(BLOCK(GPT), "mlp.c_fc", "mlp.c_proj"),
    NORMS(BLOCK(GPT), "ln_1", "ln_2"),
    LAST_NORM("transformer.ln_f"),
    OUTPUT,
};
MAP(nanogpt, GSC_NAMING_NANOGPT);

/* Conv1D has its matrix as [in, out]. */
#define FUSED_CONV(weight)                                             \
    {"blocks.*.attn.W_Q", weight, "d_model (0/3 n_heads d_head)"},     \
        {"blocks.*.attn.W_K", weight, "d_model (1/3 n_heads d_head)"}, \
    {                                                                  \
        "blocks.*.attn.W_V", weight, "d_model (2/3 n_heads d_head)"    \
    }
#define GPT2 "{transformer.h.*.,h.*.}"

static const gsc_map_line gpt2_lines[] = {
    TOKENS("transformer.wte"),
    POSITIONS("transformer.wpe"),
    FUSED_CONV(GPT2 "attn.c_attn.weight"),
    {"blocks.*.attn.b_Q", GPT2 "attn.c_attn.bias", "(0/3 n_heads d_head)"},
    {"blocks.*.attn.b_K", GPT2 "attn.c_attn.bias", "(1/3 n_heads d_head)"},
    {"blocks.*.attn.b_V", GPT2 "attn.c_attn.bias", "(2/3 n_heads d_head)"},
    {"blocks.*.attn.W_O", GPT2 "attn.c_proj.weight", "(n_heads d_head) d_model"},
    {"blocks.*.attn.b_O", GPT2 "attn.c_proj.bias", NULL},
    {"blocks.*.mlp.W_in", GPT2 "mlp.c_fc.weight", "d_model d_mlp"},
    {"blocks.*.mlp.b_in", GPT2 "mlp.c_fc.bias", NULL},
    {"blocks.*.mlp.W_out", GPT2 "mlp.c_proj.weight", "d_mlp d_model"},
    {"blocks.*.mlp.b_out", GPT2 "mlp.c_proj.bias", NULL},
    NORMS(GPT2, "ln_1", "ln_2"),
    LAST_NORM("transformer.ln_f"),
    OUTPUT,
};
MAP(gpt2, GSC_NAMING_GPT2);

/* Each head has its queries, keys and values side by side. */
#define NEOX "{gpt_neox.,}"
#define NEOX_BLOCK NEOX "layers.*."
#define NEOX_QKV NEOX_BLOCK "attention.query_key_value"

static const gsc_map_line neox_lines[] = {
    {"embed.W_E", NEOX "embed_in.weight", NULL},
    {"blocks.*.attn.W_Q", NEOX_QKV ".weight", "(n_heads 0/3 d_head) d_model"},
    {"blocks.*.attn.W_K", NEOX_QKV ".weight", "(n_heads 1/3 d_head) d_model"},
    {"blocks.*.attn.W_V", NEOX_QKV ".weight", "(n_heads 2/3 d_head) d_model"},
    {"blocks.*.attn.b_Q", NEOX_QKV ".bias", "(n_heads 0/3 d_head)"},
    {"blocks.*.attn.b_K", NEOX_QKV ".bias", "(n_heads 1/3 d_head)"},
    {"blocks.*.attn.b_V", NEOX_QKV ".bias", "(n_heads 2/3 d_head)"},
    {"blocks.*.attn.W_O", NEOX_BLOCK "attention.dense.weight",
     "d_model (n_heads d_head)"},
    {"blocks.*.attn.b_O", NEOX_BLOCK "attention.dense.bias", NULL},
    {"blocks.*.mlp.W_in", NEOX_BLOCK "mlp.dense_h_to_4h.weight", "d_mlp d_model"},
    {"blocks.*.mlp.b_in", NEOX_BLOCK "mlp.dense_h_to_4h.bias", NULL},
    {"blocks.*.mlp.W_out", NEOX_BLOCK "mlp.dense_4h_to_h.weight", "d_model d_mlp"},
    {"blocks.*.mlp.b_out", NEOX_BLOCK "mlp.dense_4h_to_h.bias", NULL},
    NORM("blocks.*.ln1", NEOX_BLOCK "input_layernorm"),
    NORM("blocks.*.ln2", NEOX_BLOCK "post_attention_layernorm"),
    NORM("ln_final", NEOX "final_layer_norm"),
    {"unembed.W_U", "embed_out.weight", "d_vocab_out d_model"},
};
MAP(neox, GSC_NAMING_NEOX);

#define HEAD_ROWS(letter, names)                                                       \
    {"blocks.*.attn.W_" letter,                                                        \
     BLOCK("blocks.*.") ATTENTION("attn") "." names "{.weight,}",                      \
     "(n_heads d_head) d_model"},                                                      \
    {                                                                                  \
        "blocks.*.attn.b_" letter,                                                     \
            BLOCK("blocks.*.") ATTENTION("attn") "." names ".bias", "(n_heads d_head)" \
    }

static const gsc_map_line torch_qkv_lines[] = {
    TOKENS("tok_emb"),
    POSITIONS("pos_emb"),
    HEAD_ROWS("Q", "{q_proj,q,W_Q,W_q,wq,w_q,query,queries,to_q,q_linear,query_proj}"),
    HEAD_ROWS("K", "{k_proj,k,W_K,W_k,wk,w_k,key,keys,to_k,k_linear,key_proj}"),
    HEAD_ROWS("V", "{v_proj,v,W_V,W_v,wv,w_v,value,values,to_v,v_linear,value_proj}"),
    HEADS_OUT(BLOCK("blocks.*.") ATTENTION("attn") "." O_NAMES),
    LAYERS(BLOCK("blocks.*."), "mlp.fc1", "mlp.fc2"),
    NORMS(BLOCK("blocks.*."), "ln1", "ln2"),
    LAST_NORM("ln_f"),
    OUTPUT,
};
MAP(torch_qkv, GSC_NAMING_TORCH_QKV);

#define ENCODER                                                                   \
    "{encoder.layers.*.,transformer.layers.*.,transformer_encoder.layers.*.,"     \
    "transformer.encoder.layers.*.,layers.*.,blocks.*.,encoder_layers.*.,layer.," \
    "encoder_layer.,encoder.,transformer.,block.,}"

static const gsc_map_line torch_encoder_lines[] = {
    TOKENS("embedding"),
    POSITIONS("pos_embedding"),
    FUSED(ENCODER "self_attn.in_proj_weight", ENCODER "self_attn.in_proj_bias"),
    HEADS_OUT(ENCODER "self_attn.out_proj"),
    {"blocks.*.mlp.W_in", ENCODER "linear1.weight", "d_mlp d_model"},
    {"blocks.*.mlp.b_in", ENCODER "linear1.bias", NULL},
    {"blocks.*.mlp.W_out", ENCODER "linear2.weight", "d_model d_mlp"},
    {"blocks.*.mlp.b_out", ENCODER "linear2.bias", NULL},
    NORM("blocks.*.ln1", ENCODER "norm1"),
    NORM("blocks.*.ln2", ENCODER "norm2"),
    LAST_NORM("encoder.norm"),
    OUTPUT,
};
MAP(torch_encoder, GSC_NAMING_TORCH_ENCODER);

static const gsc_map_line torch_mha_lines[] = {
    TOKENS("tok_emb"),
    POSITIONS("pos_emb"),
    FUSED(BLOCK("blocks.*.") ATTENTION("attn") ".in_proj_weight",
          BLOCK("blocks.*.") ATTENTION("attn") ".in_proj_bias"),
    HEADS_OUT(BLOCK("blocks.*.") ATTENTION("attn") ".out_proj"),
    LAYERS(BLOCK("blocks.*."), "mlp.0", "mlp.2"),
    NORMS(BLOCK("blocks.*."), "ln1", "ln2"),
    LAST_NORM("ln_f"),
    OUTPUT,
};
MAP(torch_mha, GSC_NAMING_TORCH_MHA);

/* Names for an export; a chain that is read may have any. */
static const gsc_map_line torch_mlp_lines[] = {
    {"embed.W_E", "embedding.weight", NULL}, {"embed.W_x", "embed_a.weight", NULL},
    {"embed.W_y", "embed_b.weight", NULL},   {"linear*.W", "linear*.weight", "out in"},
    {"linear*.b", "linear*.bias", NULL},
};

const gsc_map gsc_map_torch_mlp =
    GSC_MAP_OF(GSC_NAMING_TORCH_MLP, GSC_FAMILY_STACK, torch_mlp_lines);
