#pragma once
/// The text form of graphs. frontend/graph_text.h reads it: print(parse(print(g))) == print(g).
///
///   graph      = "graph" [name] "(" [input {"," input}] ")" "{" {node} return "}"
///   input      = [class] name ":" type
///   class      = "param" | "buffer" | "state" | "optimizer" | "counter"
///   node       = name "=" op "(" [name {"," name}] ")" [attributes] ":" type [bodies]
///   attributes = "{" name "=" attribute {"," name "=" attribute} "}"
///   attribute  = "true" | "false" | integer | real | string | dtype | list
///   list       = "[" [attribute {"," attribute}] "]"
///   bodies     = "{" graph {graph} "}"
///   return     = "return" [result {"," result}]
///   result     = name "=" name                 an output of the graph
///              | name "<-" name                a new value for the storage slot on the left
///   type       = dtype ["[" integer {"," integer} "]"]
///
/// A node and a `return` end at the end of their line; elsewhere lines may break inside brackets.
/// A name is a letter or `_`, then letters, digits, `_` and `.`; inside a graph every name is given
/// once, before it is used. An op's name is what find_op() knows. A real always has a `.` or an
/// exponent, or is `inf`, `-inf`, `nan`; a string escapes `"` and `\`.
/// The attributes `dtype` and `shape` are left out where they repeat the node's type: who reads the
/// text takes them from there, for every op that has them.
/// Authors' names survive; other values are called t0, t1, … in id order, without those that
/// authors took. `#` starts a comment.
#include <string>

#include "ir/node_map.h"
#include "ir/program.h"

namespace gradc::ir {

struct PrintOptions {
  bool locations = false;  ///< a comment with each node's place in the model
};

std::string to_string(const Graph& graph, PrintOptions options = {});
/// The graphs of all entries, one after another.
std::string to_string(const Program& program, PrintOptions options = {});

/// What the text form calls each node.
NodeMap<std::string> names_of(const Graph& graph);

}  // namespace gradc::ir
