#pragma once
/// Random models with a loop like those of recurrent nets: products with weights, what no step
/// changes, what no carried value changes, sums over the steps, outputs nobody carries on.
#include <random>
#include <string>
#include <vector>

#include "ir/ops.h"

namespace gradc::ir {

class RandomLoop {
 public:
  RandomLoop(std::uint32_t seed, std::int64_t steps) : random_(seed), steps_(steps) {}

  /// Results are those of the scan that are read; `with_gradients` also gradients of a loss of
  /// them.
  Graph build(bool with_gradients) {
    graph_.name = "g";
    const std::vector<Value> results = scanned(parameters());
    std::vector<Value> out;
    std::vector<std::string> names;
    Value loss = splat(graph_, {DType::f64, {}}, 0);
    for (const Value& result : results) {
      if (chance(35)) continue;
      if (is_float(result.dtype())) loss = loss + total(sin(result));
      names.push_back("r" + std::to_string(out.size()));
      out.push_back(result);
    }
    names.emplace_back("loss");
    out.push_back(loss);
    for (const NodeId node : inputs(graph_)) {
      const Value parameter{graph_, node};
      if (!with_gradients || !is_float(parameter.dtype()) || chance(20)) continue;
      names.push_back("d_" + parameter.node().name);
      out.push_back(gradient(loss, parameter));
    }
    return_(graph_, out, names);
    return std::move(graph_);
  }

 private:
  using Values = std::vector<Value>;
  static constexpr std::int64_t batch = 2, width = 3;
  const Shape row_ = {batch, width}, matrix_ = {width, width}, vector_ = {width}, ids_ = {batch};

  bool chance(int percent) { return static_cast<int>(random_() % 100) < percent; }
  Value pick(const Values& values) { return values[random_() % values.size()]; }

  static Value total(Value x) {
    std::vector<std::int64_t> axes(x.shape().size());
    for (std::size_t i = 0; i < axes.size(); ++i) axes[i] = static_cast<std::int64_t>(i);
    return sum(x, axes);
  }

  Value parameter(const std::string& name, DType dtype, const Shape& shape) {
    return input(graph_, name, {dtype, shape}, StorageClass::param);
  }

  struct Operands {
    Values sequences, starts, wholes;
  };
  Operands parameters() {
    Operands out;
    const auto sequence = [&](const std::string& name, DType dtype, const Shape& each) {
      out.sequences.push_back(parameter(name, dtype, prepended(steps_, each)));
    };
    sequence("xs", DType::f64, row_);
    sequence("ys", DType::f64, row_);
    sequence("ids", DType::i32, ids_);
    sequence("t", DType::i64, {});
    if (chance(20)) out.sequences[1] = out.sequences[0];
    out.starts = {parameter("h", DType::f64, row_),     parameter("c", DType::f64, row_),
                  parameter("p", DType::f64, row_),     parameter("sw", DType::f64, matrix_),
                  parameter("sv", DType::f64, vector_), parameter("n", DType::i64, {})};
    if (chance(20)) out.starts[1] = out.starts[0];
    if (chance(20)) out.starts[3] = splat(out.starts[3], 0);
    out.wholes = {parameter("w", DType::f64, matrix_), parameter("u", DType::f64, matrix_),
                  parameter("b", DType::f64, vector_), parameter("seed", DType::i64, {})};
    if (chance(20)) out.wholes[1] = out.wholes[0];
    return out;
  }

  Values scanned(const Operands& operands) {
    Graph body;
    Values all, in;
    for (const Values* part : {&operands.sequences, &operands.starts, &operands.wholes})
      for (const Value& operand : *part) {
        Type type = operand.type();
        if (part == &operands.sequences) type.shape.erase(type.shape.begin());
        in.push_back(input(body, "x" + std::to_string(all.size()), type, StorageClass::input));
        all.push_back(operand);
      }
    enum { x, y, ids, t, h, c, p, sw, sv, n, w, u, b, seed };
    Values rows = {in[x], in[y], in[h], in[c]}, matrices = {in[w], in[u]}, vectors = {in[b]};
    for (int i = 0; i < 10; ++i) {
      rows.push_back(next_row(rows, matrices, vectors, in[ids], in[seed], in[t]));
      if (chance(50)) matrices.push_back(next_matrix(matrices, rows, vectors, in[ids]));
      if (chance(50)) vectors.push_back(next_vector(vectors, rows, matrices));
    }
    const auto added = [&](Value to, const Values& values) {
      Value out = chance(70) ? to + pick(values) : to - pick(values);
      return chance(40) ? out + pick(values) : out;
    };
    Values results = {pick(rows),
                      chance(30) ? in[c] : pick(rows),
                      chance(80) ? added(in[p], rows) : pick(rows),
                      added(in[sw], matrices),
                      added(in[sv], vectors),
                      chance(50) ? in[n] + 1.0 : in[n] + in[t]};
    const std::size_t carried = results.size();
    results.insert(results.end(), {pick(rows), pick(rows), pick(rows), pick(matrices),
                                   pick(vectors), pick(vectors), in[n], results[0]});
    std::vector<std::string> names;
    for (std::size_t i = 0; i < results.size(); ++i) names.push_back("r" + std::to_string(i));
    return_(body, results, names);
    const Scan scan{.steps = steps_,
                    .scanned = operands.sequences.size(),
                    .carried = carried,
                    .is_reverse = chance(50)};
    const Value node = ir::scan(graph_, all, to_attributes(scan), std::move(body));
    Values out;
    for (std::size_t i = 0; i < results.size(); ++i)
      out.push_back(result(node, static_cast<std::int64_t>(i)));
    return out;
  }

  Value next_row(const Values& rows, const Values& matrices, const Values& vectors, Value ids,
                 Value seed, Value t) {
    const Value a = pick(rows), b = pick(rows);
    switch (random_() % 14) {
      case 0:
        return a + b;
      case 1:
        return sin(a) * b;
      case 2:
        return tanh(a + broadcast(pick(vectors), row_, {1}));
      case 3:
        return gather(pick(matrices), ids);
      case 4:
        return softmax(a, {1});
      case 5:
        return select(le(random(seed, t, a.type(), 3), splat(a, 0.5)), a, b * 0.5);
      case 6:
        return padded(sliced(a));
      case 7:
        return a - along(reduce_max(b, {1}), a, {1});
      case 8:
        return transpose(contract(pick(matrices), a, "ij,bj->ib"), {1, 0});
      case 9:
        return inner(a, pick(vectors));
      default:
        return tanh(contract(a, pick(matrices), "bi,ij->bj"));
    }
  }

  Value next_matrix(const Values& matrices, const Values& rows, const Values& vectors, Value ids) {
    const Value a = pick(matrices);
    switch (random_() % 6) {
      case 0:
        return tanh(a);
      case 1:
        return a + pick(matrices);
      case 2:
        return a * broadcast(pick(vectors), matrix_, {1});
      case 3:
        return scatter_add(ids, pick(rows), width);
      case 4:
        return transpose(contract(pick(rows), pick(rows), "bi,bj->ij"), {1, 0}) * 0.5;
      default:
        return contract(pick(rows), pick(rows), "bi,bj->ij");
    }
  }

  Value next_vector(const Values& vectors, const Values& rows, const Values& matrices) {
    switch (random_() % 4) {
      case 0:
        return sin(pick(vectors));
      case 1:
        return contract(pick(vectors), pick(matrices), "i,ij->j");
      case 2:
        return reshape(slice(pick(rows), {1, 0}, {1, width}, {1, 1}), vector_);
      default:
        return sum(pick(rows), {0});
    }
  }

  static Value sliced(Value x) { return slice(x, {0, 1}, {batch, width - 1}, {1, 1}); }
  static Value padded(Value x) { return pad(x, {0, 0}, {0, 1}, {0, 0}); }

  /// A loop in the loop.
  Value inner(Value x, Value start) {
    Graph body;
    const Value each = input(body, "x", {DType::f64, vector_}, StorageClass::input);
    const Value h = input(body, "h", {DType::f64, vector_}, StorageClass::input);
    const Value v = input(body, "v", {DType::f64, vector_}, StorageClass::input);
    const Value next = chance(50) ? tanh(h * sin(v) + each) : h + each * v;
    const Value results[] = {next, each * h};
    return_(body, results, {"h", "y"});
    const Scan scan{.steps = batch, .scanned = 1, .carried = 1, .is_reverse = chance(50)};
    const Value operands[] = {x, start, start};
    const Value out = ir::scan(x.graph(), operands, to_attributes(scan), std::move(body));
    return result(out, 1) + broadcast(result(out, 0), row_, {1});
  }

  std::mt19937 random_;
  std::int64_t steps_;
  Graph graph_;
};

}  // namespace gradc::ir
