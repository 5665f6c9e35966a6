#include "ir/value.h"

#include "ir/ops.h"

namespace gradc::ir {

Value splat(Graph& graph, const Type& type, double number) {
  return constant(graph, type, {number});
}
Value splat(Value like, double number) { return splat(like.graph(), like.type(), number); }

Value operator+(Value a, Value b) { return add(a, b); }
Value operator-(Value a, Value b) { return sub(a, b); }
Value operator*(Value a, Value b) { return mul(a, b); }
Value operator/(Value a, Value b) { return div(a, b); }
Value operator-(Value a) { return neg(a); }
Value operator+(Value a, double b) { return a + splat(a, b); }
Value operator+(double a, Value b) { return splat(b, a) + b; }
Value operator-(Value a, double b) { return a - splat(a, b); }
Value operator-(double a, Value b) { return splat(b, a) - b; }
Value operator*(Value a, double b) { return a * splat(a, b); }
Value operator*(double a, Value b) { return splat(b, a) * b; }
Value operator/(Value a, double b) { return a / splat(a, b); }
Value operator/(double a, Value b) { return splat(b, a) / b; }

}  // namespace gradc::ir
