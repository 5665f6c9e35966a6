#include "frontend/definitions.h"

#include <algorithm>
#include <iterator>

#include "frontend/calls.h"
#include "frontend/declarations.h"
#include "frontend/expressions.h"
#include "frontend/layers.h"
#include "frontend/optimizers.h"
#include "frontend/storages.h"
#include "ir/messages.h"
#include "ir/ops.h"

namespace gradc::frontend {

namespace {

// What a layer's users choose is not known, so stand-ins are tried: only what is wrong with all of
// them is wrong with the layer. Dims of operands are multiples of construction dims, because `D /
// N` should come out even.
constexpr std::int64_t operand_dims[][6] = {{48, 96, 24, 72, 120, 144}, {36, 24, 60, 12, 48, 84}};
constexpr std::int64_t construction_dims[][6] = {{4, 2, 6, 3, 8, 12}, {3, 6, 2, 12, 4, 1}};
constexpr std::size_t value_sets = std::size(operand_dims);
/// What an argument of no kind and without a default may be: a function, a real, a whole number.
constexpr std::size_t argument_guesses = 3;

/// What can be wrong with some values only.
constexpr Message about_values[] = {
    Message::dim_not_divisible,  Message::dim_is_negative,      Message::assertion_failed,
    Message::tensor_too_large,   Message::view_size_differs,    Message::index_outside_list,
    Message::shape_mismatch,     Message::number_does_not_fit,  Message::model_too_large,
    Message::recursion_too_deep, Message::division_by_zero,     Message::argument_kind,
    Message::integer_overflow,   Message::no_parameter_matches, Message::axis_out_of_range,
    Message::target_count,       Message::place_outside_dim,    Message::places_outside_dim,
    Message::stack_differs,      Message::windows_do_not_fit};

/// One way to try a layer out.
struct Trial {
  bool is_training;
  std::size_t rank;  ///< of what `...` stands for
  std::size_t values;
  std::size_t guess;
};

bool has_ellipsis(const ast::Layer& layer) {
  return std::ranges::any_of(layer.operands, [](const ast::TensorParameter& operand) {
    return std::ranges::any_of(operand.type.dims, &ast::Dim::is_ellipsis);
  });
}

bool needs_guess(const ast::Layer& layer) {
  return std::ranges::any_of(layer.parameters, [](const ast::Parameter& parameter) {
    return parameter.kind == ast::ParameterKind::any && !parameter.default_value;
  });
}

std::vector<Trial> trials(const ast::Layer& layer, bool is_training) {
  std::vector<Trial> out;
  for (std::size_t rank = 1; rank <= (has_ellipsis(layer) ? 2 : 1); ++rank)
    for (std::size_t values = 0; values < value_sets; ++values)
      for (std::size_t guess = 0; guess < (needs_guess(layer) ? argument_guesses : 1); ++guess)
        out.push_back({is_training, rank, values, guess});
  return out;
}

/// Runs one layer once.
class Rehearsal {
 public:
  Rehearsal(Elaboration& e, const Trial& trial, const LayerClass& layer)
      : e_(e), trial_(trial), layer_(layer), site_(layer.declaration->name.location) {}

  void run() {
    e_.active = &building_;
    e_.is_training = trial_.is_training;
    e_.entry_name = "check";
    building_.counter = "step";
    Scope& scope = e_.make_scope(layer_.scope, &naming_);
    const Value instance =
        construct(e_, layer_, {scope, site_, construction_arguments()}, "instance");
    if (!instance.is<const Instance*>()) return;
    for (const auto& [name, value] : (*instance.get_if<const Instance*>())->arguments)
      scope.names.insert_or_assign(name, value);
    std::vector<Argument> operands;
    for (const ast::TensorParameter& operand : layer_.declaration->operands)
      operands.push_back({"", stand_in(scope, operand), site_});
    apply(e_, **instance.get_if<const Instance*>(), {scope, site_, std::move(operands)});
  }

 private:
  template <typename Row>
  static std::int64_t next(const Row& row, std::size_t& used) {
    return row[used++ % std::size(row)];
  }
  Dim operand_dim(const std::string& name) {
    return e_.dims.symbol(name, next(operand_dims[trial_.values], operand_dims_));
  }
  Dim construction_dim(const std::string& name) {
    return e_.dims.symbol(name, next(construction_dims[trial_.values], construction_dims_));
  }

  /// Those that have no default.
  std::vector<Argument> construction_arguments() {
    std::vector<Argument> out;
    for (const ast::Parameter& parameter : layer_.declaration->parameters)
      if (!parameter.default_value)
        out.push_back({parameter.name.text, argument(parameter), site_});
    return out;
  }

  Value argument(const ast::Parameter& parameter) {
    using enum ast::ParameterKind;
    switch (parameter.kind) {
      case dim:
      case integer:
        return construction_dim(parameter.name.text);
      case ast::ParameterKind::real:
        return Value(0.5);
      case function:
        return any_function();
      case any:
        break;
    }
    return trial_.guess == 0   ? any_function()
           : trial_.guess == 1 ? Value(0.5)
                               : Value(construction_dim(parameter.name.text));
  }
  static Value any_function() { return &ir::op::tanh; }

  /// An operand with fresh dims in the place of pattern variables.
  Value stand_in(Scope& scope, const ast::TensorParameter& operand) {
    if (operand.type.is_invalid || operand.type.is_tuple()) return Poison{};
    for (const ast::Dim& dim : operand.type.dims) declare_pattern(scope, dim);
    const auto dims = evaluate_dims(e_, scope, operand.type.dims);
    const ir::Type type{element_type(e_, operand.type.dtype), dims ? shape_of(*dims) : ir::Shape()};
    if (!dims || !ir::is_valid(type)) return Poison{};
    return Tensor{ir::input(building_.graph, operand.name.text, type, ir::StorageClass::input),
                  *dims};
  }

  void declare_pattern(Scope& scope, const ast::Dim& dim) {
    if (dim.is_ellipsis()) {
      const auto [dims, is_new] = scope.ellipses.try_emplace(dim.ellipsis_name);
      const std::string base = dim.ellipsis_name.empty() ? "dim" : dim.ellipsis_name;
      while (is_new && dims->second.size() < trial_.rank)
        dims->second.push_back(operand_dim(fmt::format("{}{}", base, dims->second.size())));
    } else if (const auto* name = std::get_if<ast::Reference>(&dim.extent->node)) {
      const Value* known = find(scope, name->name);
      if (!known || !known->is<Dim>())
        scope.names.insert_or_assign(name->name, operand_dim(name->name));
    }
  }

  Elaboration& e_;
  const Trial& trial_;
  const LayerClass& layer_;
  Location site_;
  Building building_;
  Naming naming_;
  std::size_t operand_dims_ = 0, construction_dims_ = 0;
};

using Findings = std::vector<ir::Diagnostic>;

bool is_same(const ir::Diagnostic& a, const ir::Diagnostic& b) {
  return a.message == b.message && a.location == b.location;
}

/// Notes without "applied here": nobody applied it.
ir::Diagnostic without_site(ir::Diagnostic finding, Location site) {
  std::erase_if(finding.notes, [&](const ir::Note& note) { return note.location == site; });
  return finding;
}

bool has_return(const ast::Block& block) {
  return std::ranges::any_of(block.statements, [](const ast::Stmt& stmt) {
    if (const auto* loop = std::get_if<ast::For>(&stmt.node)) return has_return(loop->body);
    const auto* const branch = std::get_if<ast::If>(&stmt.node);
    if (!branch) return std::holds_alternative<ast::Return>(stmt.node);
    return has_return(branch->then_body) || (branch->else_body && has_return(*branch->else_body));
  });
}

/// Everything that the files declare, ready to be tried out.
class Checker {
 public:
  Checker(const Library& library, const ModelFiles& files, const Options& options)
      : library_(library), files_(files), options_(options) {}

  /// What is wrong with a layer in every trial with `training` true, or in every one with it false.
  Findings check(std::size_t file, const ast::Layer& layer) const {
    Findings out;
    for (const bool is_training : {true, false})
      for (ir::Diagnostic& finding : in_all_trials(file, layer, is_training))
        if (std::ranges::none_of(out, [&](const auto& known) { return is_same(known, finding); }))
          out.push_back(without_site(std::move(finding), layer.name.location));
    return out;
  }

  /// What is wrong with an optimizer, whatever the parameter is.
  Findings check(std::size_t file, const ast::Optimizer& optimizer) const {
    Findings out = try_out(file, [&](Elaboration& e, const Scope& scope) {
      rehearse_update(e, {&optimizer, &scope});
    });
    for (ir::Diagnostic& finding : out)
      finding = without_site(std::move(finding), optimizer.name.location);
    return out;
  }

 private:
  Findings in_all_trials(std::size_t file, const ast::Layer& layer, bool is_training) const {
    std::optional<Findings> common;
    for (const Trial& trial : trials(layer, is_training)) {
      const Findings found = try_out(file, layer, trial);
      if (!common) common = found;
      std::erase_if(*common, [&](const ir::Diagnostic& finding) {
        return std::ranges::none_of(found, [&](const auto& f) { return is_same(f, finding); });
      });
      if (common->empty()) break;
    }
    return *common;
  }

  Findings try_out(std::size_t file, const ast::Layer& layer, const Trial& trial) const {
    Findings out = try_out(file, [&](Elaboration& e, const Scope& scope) {
      Rehearsal(e, trial, {&layer, &scope}).run();
    });
    std::erase_if(out, [&](const ir::Diagnostic& finding) {
      return finding.message == Message::layer_returns_nothing && has_return(layer.body);
    });
    return out;
  }

  template <typename Rehearse>
  Findings try_out(std::size_t file, Rehearse rehearse) const {
    ir::Diagnostics diagnostics;
    Elaboration e(options_, diagnostics);
    e.overrides = options_.dims;
    e.library_sources = library_.sources;
    e.is_rehearsal = true;
    const Scope& library = library_scope(e, library_);
    const std::vector<const Scope*> scopes = file_scopes(e, files_, library);
    const std::size_t first =
        diagnostics.all().size();  // what is wrong with files is reported elsewhere
    rehearse(e, *scopes[file]);
    Findings out(diagnostics.all().begin() + static_cast<std::ptrdiff_t>(first),
                 diagnostics.all().end());
    std::erase_if(out, [](const ir::Diagnostic& finding) {
      return std::ranges::find(about_values, finding.message) != std::end(about_values);
    });
    return out;
  }

  const Library& library_;
  const ModelFiles& files_;
  const Options& options_;
};

bool is_within(Location inner, Location outer) {
  return inner.source == outer.source && inner.begin >= outer.begin && inner.end <= outer.end;
}

/// A layer or an optimizer, and what was found in it.
struct Checked {
  const ast::Name* name;
  Location location;
  Findings findings;
};

/// What lies in another one that is wrong itself is reported there.
bool belongs_elsewhere(const ir::Diagnostic& finding, const Checked& here,
                       const std::vector<Checked>& all) {
  return std::ranges::any_of(all, [&](const Checked& other) {
    return other.name != here.name && !other.findings.empty() &&
           is_within(finding.location, other.location);
  });
}

}  // namespace

std::set<const ast::Name*> check_definitions(const Library& library, const ModelFiles& files,
                                             const Options& options, ir::Diagnostics& diagnostics) {
  const Checker checker(library, files, options);
  std::vector<Checked> checked;
  for (std::size_t file = 0; file < files.in_order.size(); ++file)
    for (const ast::Declaration& declaration : files.in_order[file].text->declarations) {
      const auto check = [&](const auto& it) {
        checked.push_back({&it.name, declaration.location, checker.check(file, it)});
      };
      if (const auto* layer = std::get_if<ast::Layer>(&declaration.node)) check(*layer);
      if (const auto* optimizer = std::get_if<ast::Optimizer>(&declaration.node)) check(*optimizer);
    }

  std::set<const ast::Name*> wrong;
  for (const Checked& here : checked)
    for (const ir::Diagnostic& finding : here.findings) {
      wrong.insert(here.name);
      if (!belongs_elsewhere(finding, here, checked)) diagnostics.take(finding);
    }
  return wrong;
}

}  // namespace gradc::frontend
