// The loops of cross_entropy: rows of logits, each with a label.
#pragma once

#include <cstdint>

namespace gradtape {

template <class S>
struct LabelledRows {
  const S* x;                  // [rows, columns]
  const std::int64_t* labels;  // [rows]
  std::int64_t ignored;        // a row with this label counts nothing
  std::int64_t rows, columns;
  S *top, *log_total;          // for each row its largest logit, and log Σ exp(x - top); written in whole packs
};

// Rows rounded up to whole packs of any instruction set.
constexpr std::int64_t whole_packs(std::int64_t rows) { return (rows + 15) / 16 * 16; }

// Writes top and log_total, and losses [rows]: -log softmax(x) at the label.
template <class S>
void cross_entropy_losses(const LabelledRows<S>& rows, S* losses);

// dx [rows, columns] = (softmax(x) - onehot(label)) · scale, with a scale for each row, readable in whole packs: 0
// where the row counts nothing, and then dx is 0.
template <class S>
void cross_entropy_gradient(const LabelledRows<S>& rows, const S* scale, S* dx);

}  // namespace gradtape
