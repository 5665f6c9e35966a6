#include "frontend/parser.h"

#include <gtest/gtest.h>

#include <string>
#include <variant>
#include <vector>

namespace gradc::frontend {
namespace {

using namespace ast;

/// The source, its tree, and what was said about it.
struct Parsed {
  explicit Parsed(std::string text)
      : source{"test.grad", std::move(text)}, file(parse(source, diagnostics)) {}

  template <typename Node>
  const Node& declaration(std::size_t i = 0) const {
    return std::get<Node>(file.declarations.at(i).node);
  }
  template <typename Node>
  const Node& statement(std::size_t i = 0) const {
    return std::get<Node>(declaration<Model>().body.statements.at(i).node);
  }
  std::string first_error() const {
    return diagnostics.all().empty() ? "" : render(diagnostics.all()[0]);
  }

  ir::Source source;
  ir::Diagnostics diagnostics;
  File file;
};

/// The statements of a model.
Parsed in_model(const std::string& text) { return Parsed("model M {\n" + text + "\n}"); }

std::string show(const Expr& expr);

template <typename Item>
std::string show_list(const std::vector<Item>& items);
std::string show(const ExprPtr& expr) { return show(*expr); }
std::string show(const Dim& dim) {
  return dim.is_ellipsis() ? "..." + dim.ellipsis_name : show(dim.extent);
}
std::string show(const Name& name) { return name.text; }
std::string show(const Argument& argument) {
  return (argument.name ? argument.name->text + "=" : "") + show(argument.value) +
         (argument.on ? " on " + argument.on->text : "");
}
std::string show(const Type& type) {
  if (type.is_invalid) return "<invalid>";
  if (type.is_tuple()) return "(" + show_list(type.elements) + ")";
  return std::string(ir::name(type.dtype)) +
         (type.dims.empty() ? "" : "[" + show_list(type.dims) + "]");
}
template <typename Item>
std::string show_list(const std::vector<Item>& items) {
  std::string out;
  for (const Item& item : items) out += (out.empty() ? "" : ", ") + show(item);
  return out;
}

/// Fully parenthesised.
struct Show {
  std::string operator()(const Invalid&) const { return "<invalid>"; }
  std::string operator()(const IntegerLiteral& x) const { return std::to_string(x.value); }
  std::string operator()(const FloatLiteral& x) const { return fmt::format("{}f", x.value); }
  std::string operator()(const BooleanLiteral& x) const { return x.value ? "true" : "false"; }
  std::string operator()(const StringLiteral& x) const { return '"' + x.value + '"'; }
  std::string operator()(const ListLiteral& x) const { return "[" + show_list(x.elements) + "]"; }
  std::string operator()(const Several& x) const { return show_list(x.values); }
  std::string operator()(const Reference& x) const { return x.name; }
  std::string operator()(const Negation& x) const { return "(-" + show(x.operand) + ")"; }
  std::string operator()(const Binary& x) const {
    const ir::Location op = x.op_location;
    const std::string symbol = op.source->text.substr(op.begin, op.end - op.begin);
    return "(" + show(x.left) + " " + symbol + " " + show(x.right) + ")";
  }
  std::string operator()(const Conditional& x) const {
    return "(if " + show(x.condition) + " then " + show(x.then_value) + " else " +
           show(x.else_value) + ")";
  }
  std::string operator()(const Call& x) const {
    const std::string over = x.over.empty() ? "" : " over " + show_list(x.over);
    return show(x.callee) + "(" + show_list(x.arguments) + over + ")";
  }
  std::string operator()(const Index& x) const {
    const std::string over = x.over.empty() ? "" : " over " + show_list(x.over);
    return show(x.base) + "[" + show(x.index) + over + "]";
  }
  std::string operator()(const View& x) const {
    return "(" + show(x.value) + " as [" + show_list(x.dims) + "])";
  }
  std::string operator()(const Pipe& x) const {
    return "(" + show(x.value) + " |> " + show(x.stage) + ")";
  }
};
std::string show(const Expr& expr) { return std::visit(Show{}, expr.node); }

std::string expression(const std::string& text) {
  const Parsed parsed = in_model("y = " + text);
  if (parsed.diagnostics.has_errors()) return parsed.first_error();
  return show(parsed.statement<Equation>().value);
}

TEST(Expression, Precedence) {
  EXPECT_EQ(expression("a + b * c"), "(a + (b * c))");
  EXPECT_EQ(expression("a - b - c"), "((a - b) - c)");
  EXPECT_EQ(expression("x @ w + b"), "((x @ w) + b)");
  EXPECT_EQ(expression("-x^2"), "(-(x ^ 2))");
  EXPECT_EQ(expression("-a * b"), "((-a) * b)");
  EXPECT_EQ(expression("2^-n^2"), "(2 ^ (-(n ^ 2)))");
  EXPECT_EQ(expression("a + 1 < b"), "((a + 1) < b)");
  EXPECT_EQ(expression("a + b |> f"), "((a + b) |> f)");
  EXPECT_EQ(expression("(a + b) * c"), "((a + b) * c)");
}

TEST(Expression, Conditional) {
  EXPECT_EQ(expression("if t then a else if u then b else c |> f"),
            "((if t then a else (if u then b else c)) |> f)");
}

TEST(Expression, Calls) {
  EXPECT_EQ(expression("Dense(64, act = tanh)(x)"), "Dense(64, act=tanh)(x)");
  EXPECT_EQ(expression("mean((x - m)^2 over B, ...S)"), "mean(((x - m) ^ 2) over B, ...S)");
  EXPECT_EQ(expression("x |> mean(over T)"), "(x |> mean( over T))");
  EXPECT_EQ(expression(R"(adamw(3e-4, decay = 0.1 on "*.w"))"),
            "adamw(0.0003f, decay=0.1f on *.w)");
}

TEST(Expression, PostfixAndLiterals) {
  EXPECT_EQ(expression("h[t-1] @ e.table"), "(h[(t - 1)] @ e.table)");
  EXPECT_EQ(expression("v as [B, 4*H, ...] as [N]"), "((v as [B, (4 * H), ...]) as [N])");
  EXPECT_EQ(expression(R"(f([[0, 1.5], []], "s", true, -inf))"),
            R"(f([[0, 1.5f], []], "s", true, (-inff)))");
}

TEST(Expression, ComparisonsDoNotChain) {
  EXPECT_NE(expression("a < b < c").find("expected one comparison but found `<`"),
            std::string::npos);
}

TEST(Expression, LocationsSpanTheText) {
  const Parsed parsed = in_model("y = (a + b) * f(x)");
  const Location location = parsed.statement<Equation>().value->location;
  EXPECT_EQ(parsed.source.text.substr(location.begin, location.end - location.begin),
            "(a + b) * f(x)");
}

TEST(Statement, Equations) {
  const Parsed parsed = in_model("i, h[t-1]: (f32[B], i32) = f(x)");
  const Equation& equation = parsed.statement<Equation>();
  ASSERT_EQ(equation.targets.size(), 2u);
  EXPECT_EQ(equation.targets[0].name.text, "i");
  EXPECT_FALSE(equation.targets[0].index);
  EXPECT_EQ(show(equation.targets[1].index), "(t - 1)");
  EXPECT_EQ(show(*equation.type), "(f32[B], i32)");
}

TEST(Statement, StorageAndUpdates) {
  const Parsed parsed =
      in_model("param w: f32[I, O] ~ uniform(-1, 1)\nbuffer m: f64 ~ zeros\nm <- m + 1");
  EXPECT_EQ(parsed.statement<Storage>(0).kind, StorageKind::param);
  EXPECT_EQ(show(*parsed.statement<Storage>(0).type), "f32[I, O]");
  EXPECT_EQ(show(parsed.statement<Storage>(0).initial), "uniform((-1), 1)");
  EXPECT_EQ(parsed.statement<Storage>(1).kind, StorageKind::buffer);
  EXPECT_EQ(show(parsed.statement<Update>(2).value), "(m + 1)");
}

TEST(Statement, WordsAreNotReserved) {
  const Parsed parsed = in_model("step = 1\ninput, state = f(data)\nstate <- 2\ntrain = step");
  EXPECT_FALSE(parsed.diagnostics.has_errors()) << parsed.first_error();
}

TEST(Statement, DimsAreOneStatementEach) {
  const Parsed parsed = in_model("dim B = 4, T");
  EXPECT_EQ(show(parsed.statement<DimDeclaration>(0).value), "4");
  EXPECT_EQ(parsed.statement<DimDeclaration>(1).name.text, "T");
  EXPECT_FALSE(parsed.statement<DimDeclaration>(1).value);
}

TEST(Statement, Blocks) {
  const Parsed parsed = in_model(
      "seq t in T where t < len truncate 32 { h[t] = x[t] }\n"
      "for l in 0..depth { y = l; z = y }\n"
      "if a { y = 1 } else if b { y = 2 }\nelse { y = 3 }\n"
      "assert D % N == 0, \"must divide\"");
  ASSERT_FALSE(parsed.diagnostics.has_errors()) << parsed.first_error();
  const Seq& seq = parsed.statement<Seq>(0);
  EXPECT_EQ(seq.axis.text, "T");
  EXPECT_EQ(show(seq.where), "(t < len)");
  EXPECT_EQ(show(seq.truncate), "32");
  EXPECT_EQ(seq.body.statements.size(), 1u);
  EXPECT_EQ(parsed.statement<For>(1).body.statements.size(), 2u);
  const Block& otherwise = *parsed.statement<If>(2).else_body;
  EXPECT_TRUE(std::get<If>(otherwise.statements.at(0).node).else_body);
  EXPECT_EQ(parsed.statement<Assert>(3).message->text, "must divide");
}

TEST(Entry, Step) {
  const Parsed parsed = in_model(
      "step fit minimize a + b over enc, dec.l0 except \"*.b\", \"e.*\"\n"
      "  using adam(lr = 1e-3)\n  clip_norm 5 clip_value 0.1");
  ASSERT_FALSE(parsed.diagnostics.has_errors()) << parsed.first_error();
  const Step& step = parsed.statement<Step>();
  EXPECT_EQ(show(step.loss), "(a + b)");
  EXPECT_EQ(show_list(step.over), "enc, dec.l0");
  EXPECT_EQ(step.except.at(1).text, "e.*");
  EXPECT_EQ(show(step.optimizer), "adam(lr=0.001f)");
  EXPECT_EQ(show(step.clip_norm), "5");
  EXPECT_EQ(show(step.clip_value), "0.1f");
}

TEST(Entry, ExportMetricData) {
  const Parsed parsed = in_model(
      "export next(z: f32[B, Z]) = f(z) with B = 1, T = 2*K\n"
      "metric bpc = loss / log(2)\n"
      "data truth { x = [[0], [1]]\n y = idx(\"a.gz\") }");
  ASSERT_FALSE(parsed.diagnostics.has_errors()) << parsed.first_error();
  const Export& entry = parsed.statement<Export>(0);
  EXPECT_EQ(show(entry.parameters.at(0).type), "f32[B, Z]");
  EXPECT_EQ(show(entry.with.at(1).value), "(2 * K)");
  EXPECT_EQ(show(parsed.statement<Metric>(1).value), "(loss / log(2))");
  EXPECT_EQ(show(parsed.statement<Data>(2).bindings.at(1).value), "idx(\"a.gz\")");
}

TEST(Entry, Train) {
  const Parsed parsed = in_model(
      "train {\n data truth holdout 0.1\n epochs 20; seed 1\n each batch { d_step; g_step }\n"
      " each 500 epochs { eval loss, acc; save; reset }\n}");
  ASSERT_FALSE(parsed.diagnostics.has_errors()) << parsed.first_error();
  const Train& train = parsed.statement<Train>();
  EXPECT_EQ(train.data->name.text, "truth");
  EXPECT_EQ(show(train.data->holdout), "0.1f");
  EXPECT_EQ(show(train.epochs), "20");
  EXPECT_EQ(show(train.seed), "1");
  ASSERT_EQ(train.each.size(), 2u);
  EXPECT_EQ(train.each[0].actions.at(1).names.at(0).text, "g_step");
  EXPECT_EQ(show(train.each[1].count), "500");
  EXPECT_EQ(train.each[1].unit, Unit::epoch);
  EXPECT_EQ(show_list(train.each[1].actions.at(0).names), "loss, acc");
  EXPECT_EQ(train.each[1].actions.at(2).kind, ActionKind::reset);
}

TEST(Declaration, Layer) {
  const Parsed parsed(
      "import \"a.grad\"\n\n# Not this one.\n\n# Affine.\n#  y = x w\nlayer Dense(O: dim, act = "
      "identity)\n"
      "           (x: f32[..., I], n: i32) -> f32[..., O] {\n  return x, n\n}");
  ASSERT_FALSE(parsed.diagnostics.has_errors()) << parsed.first_error();
  EXPECT_EQ(parsed.declaration<Import>().path.text, "a.grad");
  const Layer& layer = parsed.declaration<Layer>(1);
  EXPECT_EQ(layer.doc, "Affine.\ny = x w");
  EXPECT_EQ(layer.parameters.at(0).kind, ParameterKind::dim);
  EXPECT_EQ(show(layer.parameters.at(1).default_value), "identity");
  EXPECT_EQ(show(layer.operands.at(0).type), "f32[..., I]");
  EXPECT_EQ(show(*layer.result), "f32[..., O]");
  EXPECT_EQ(std::get<Return>(layer.body.statements.at(0).node).values.size(), 2u);
}

TEST(Declaration, FnAndOptimizer) {
  const Parsed parsed(
      "fn leaky(x, a: float = 0.1) = max(x, a * x)\n"
      "optimizer sgd(lr = 0.1)(p, g) {\n  state m ~ zeros\n  m <- m + g\n  p <- p - lr * m\n}");
  ASSERT_FALSE(parsed.diagnostics.has_errors()) << parsed.first_error();
  EXPECT_EQ(parsed.declaration<Fn>().parameters.at(1).kind, ParameterKind::real);
  const Optimizer& optimizer = parsed.declaration<Optimizer>(1);
  EXPECT_EQ(optimizer.gradient.text, "g");
  EXPECT_FALSE(std::get<Storage>(optimizer.body.statements.at(0).node).type);
}

TEST(Declaration, FnOverDims) {
  const Parsed parsed("fn nll(p, y over C) = p\nfn all(over ...D) = 1");
  ASSERT_FALSE(parsed.diagnostics.has_errors()) << parsed.first_error();
  EXPECT_EQ(show(parsed.declaration<Fn>().over->extent), "C");
  EXPECT_EQ(parsed.declaration<Fn>(1).over->ellipsis_name, "D");
}

TEST(Recovery, ReportsEachMistakeInOrder) {
  const Parsed parsed =
      in_model("a = f(x\nb = 3 $ 4\nparam w f32 ~ zeros\nseq t T { h[t] = = 3 }\nc = 1 2");
  std::string messages;
  for (const ir::Diagnostic& diagnostic : parsed.diagnostics.all())
    messages += fmt::format("{}: {}\n", ir::to_string(diagnostic.location), diagnostic.text);
  EXPECT_EQ(messages,
            "test.grad:2:6: `(` is never closed\n"
            "test.grad:3:7: unexpected character `$`\n"
            "test.grad:4:9: expected `:` but found `f32`\n"
            "test.grad:5:7: expected `in` but found `T`\n"
            "test.grad:5:18: expected an expression but found `=`\n"
            "test.grad:6:7: expected end of line but found `2`\n");
}

TEST(Recovery, KeepsNamesOfBrokenStatements) {
  const Parsed parsed = in_model("a = )\nb = a");
  EXPECT_TRUE(parsed.statement<Equation>(0).value->is_invalid());
  EXPECT_EQ(show(parsed.statement<Equation>(1).value), "a");
}

TEST(Recovery, DropsWhatHasNoName) {
  const Parsed parsed("model { x = 3 }\nfn (x) = x\nlayer L()(x: f32) { return x }");
  EXPECT_EQ(parsed.diagnostics.error_count(), 2u);
  ASSERT_EQ(parsed.file.declarations.size(), 1u);
  EXPECT_EQ(parsed.declaration<Layer>().name.text, "L");
}

TEST(Recovery, SuggestsTheWordThatWasMeant) {
  const Parsed parsed("modle M { }\nmodel N {\n  parm w: f32 ~ zeros\n  trian { }\n  foo bar\n}");
  std::vector<std::string> fixes;
  for (const ir::Diagnostic& diagnostic : parsed.diagnostics.all())
    fixes.push_back(diagnostic.fix_its.empty() ? "" : diagnostic.fix_its[0].replacement);
  EXPECT_EQ(fixes, (std::vector<std::string>{"model", "param", "train", "for"}));
}

TEST(Recovery, MisplacedStatements) {
  const Parsed parsed(
      "layer L()(x: f32) {\n  input z: f32\n  return x\n}\nmodel M { if a { metric m = 3 } }");
  EXPECT_EQ(parsed.diagnostics.error_count(), 2u);
  EXPECT_EQ(parsed.declaration<Layer>().body.statements.size(), 1u);
}

TEST(Limits, TooManyErrors) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "a = = b\n";
  EXPECT_EQ(in_model(text).diagnostics.all().size(), 21u);
}

std::string repeat(const std::string& text, int count) {
  std::string out;
  for (int i = 0; i < count; ++i) out += text;
  return out;
}

TEST(Limits, Nesting) {
  const std::string deep[] = {repeat("(", 10'000),  repeat("f(", 10'000),
                              repeat("[", 10'000),  repeat("-", 10'000),
                              repeat("2^", 10'000), repeat("if a then b else ", 10'000),
                              repeat("x[", 10'000)};
  for (const std::string& text : deep) {
    const Parsed parsed = in_model("y = " + text);
    EXPECT_NE(parsed.first_error().find("nesting deeper than 200 levels"), std::string::npos)
        << text.substr(0, 9);
    EXPECT_EQ(parsed.diagnostics.error_count(), 1u);
  }
  EXPECT_EQ(in_model(repeat("if a {", 10'000)).diagnostics.error_count(), 1u);
  EXPECT_EQ(in_model("if a {} " + repeat("else if a {}", 10'000)).diagnostics.error_count(), 1u);
  EXPECT_EQ(in_model("x: " + repeat("(", 10'000)).diagnostics.error_count(), 1u);
}

TEST(Limits, Chains) {
  EXPECT_EQ(expression("a" + repeat(" + a", 900)).substr(0, 5), "(((((");
  for (const std::string link : {" + a", " |> f", "(a)", "[a]", " as [B]"})
    EXPECT_NE(expression("a" + repeat(link, 10'000)).find("nesting deeper than 1000 levels"),
              std::string::npos);
}

}  // namespace
}  // namespace gradc::frontend
