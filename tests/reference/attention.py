"""Attention with several heads."""

from model import Model


def add_attention(model, name, layer, w_in, b_in, w_out, b_out, crosses=False):
    """A layer of the library and its weights. The case has the products for query, key and value as rows
    of one matrix; so has the layer, as columns, and for another sequence the query's apart."""
    size = model.case.shape(w_out)[0]
    w, b = model.case.view(w_in), model.case.view(b_in)
    if crosses:
        model.weight(f"{name}.query.w", w_in, w.rows(0, size).T)
        model.weight(f"{name}.query.b", b_in, b.rows(0, size))
        model.weight(f"{name}.inner.w", w_in, w.rows(size, 3 * size).T)
        model.weight(f"{name}.inner.b", b_in, b.rows(size, 3 * size))
    else:
        model.linear(f"{name}.inner", w_in, b_in)
    model.linear(f"{name}.outer", w_out, b_out)
    model.line(f"{name} = {layer}")


def attention(case):
    """The layers of the library have the batch in front."""
    model = Model(case)
    crosses, is_masked = "kv" in case, "key_padding" in case
    model.input("q", "T", "B", "D")
    model.line("x = transpose(q over B, T, D)")
    if crosses:
        model.input("kv", "S", "B", "D")
        model.line("m = transpose(kv over B, S, D)")
    if is_masked:
        model.input("key_padding", "B", "S" if crosses else "T")
        model.line("seen = not(key_padding)")
    layer = f"{'Masked' * is_masked}{'Cross' if crosses else 'Self'}Attention"
    causal = ", causal = true" if case["causal"] else ""
    weights = ["w_in", "b_in", "w_out", "b_out"]
    add_attention(model, "attention", f"{layer}({case['heads']}{causal})", *weights, crosses=crosses)
    operands = ["x"] + ["m"] * crosses + ["seen"] * is_masked
    model.line(f"found = attention({', '.join(operands)})")
    model.output("y", "transpose(found over T, B, D)")
    if "w" in case.names("out"):
        add_looks(model, crosses, is_masked)
    return model


def add_looks(model, crosses, is_masked):
    """What the layer keeps to itself: how much each place looks at each other one."""
    case, size = model.case, model.case.shape("w_out")[0]
    model.dim("N", case["heads"])
    model.dim("K", size // case["heads"])
    if crosses:
        model.line("queries = x @ attention.query.w + attention.query.b")
        model.line("keys, values = split(m @ attention.inner.w + attention.inner.b, 2)")
    else:
        model.dim("S", case.shape("q")[0])
        model.line("queries, keys, values = split(x @ attention.inner.w + attention.inner.b, 3)")
    model.line("scores = dot(queries as [B, T, N, K], keys as [B, S, N, K] over K) / sqrt(K)")
    if is_masked:
        model.line("scores = select(seen as [B, S], scores, -inf)")
    if case["causal"]:
        model.line("scores = select(causal(T, S), scores, -inf)")
    model.output("w", "transpose(softmax(scores over S) over B, N, T, S)")


KINDS = {r"Multi-head attention, \[time,batch,E\]\. q, k, v = rows": attention}
