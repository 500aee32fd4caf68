#include "tests/support/near.h"

namespace {

// 24 rows of three logits, quarters from -2 to 2, and labels of which 18 have the largest.
struct Guesses {
  gt::Tensor logits, labels = gt::tensor({0, 2, 0, 1, 0, 1, 2, 0, 0, 0, 2, 1, 1, 1, 2, 2, 1, 1, 0, 0, 2, 1, 1, 1});
  Guesses() {
    std::vector<double> all;
    for (int i = 0; i < 24; ++i)
      for (int k = 0; k < 3; ++k) all.push_back(((i * 7 + 3 * k * i + 5 * k * k) % 17 - 8) / 4.0);
    logits = gt::tensor(all, {24, 3});
  }
};

TEST(CalibrateTemperature, FindsWhereTheSlopeIsZero) {
  // SciPy 1.17.1: brentq to 1e-15 of mean(Σ p z - z_label) over 1/T, with p = softmax(z / T).
  const Guesses all;

  const double t = gt::calibrate_temperature(all.logits, all.labels);

  EXPECT_NEAR(t, 1.0468036967948593, 1e-10);
  EXPECT_NEAR(gt::cross_entropy(all.logits / t, all.labels).item(), 0.8687717191605975, 1e-14);
}

TEST(CalibrateTemperature, GrowsWithTheLogits) {
  const Guesses all;
  for (double scale : {1e-6, 0.1, 30.0, 1e6})
    EXPECT_NEAR(gt::calibrate_temperature(all.logits * scale, all.labels) / scale, 1.0468036967948593, 1e-10) << scale;
}

TEST(CalibrateTemperature, MakesConfidenceTheShareOfRightAnswers) {
  // Two classes whose logits differ by 10, right in 3 of 4: sigmoid(10 / T) = 3/4 at T = 10 / log 3.
  const auto logits = gt::tensor({{10.f, 0.f}, {10.f, 0.f}, {0.f, 10.f}, {0.f, 10.f}});
  const auto labels = gt::tensor({0, 0, 1, 0});

  const double t = gt::calibrate_temperature(logits, labels);

  EXPECT_NEAR(t, 10 / std::log(3), 1e-10);
  EXPECT_NEAR(gt::expected_calibration_error(gt::softmax(logits, 1), labels), 0.25, 1e-4);
  EXPECT_NEAR(gt::expected_calibration_error(gt::softmax(logits / t, 1), labels), 0, 1e-6);
}

TEST(CalibrateTemperature, RefusesWhereNoneIsBest) {
  const auto logits = gt::tensor({{2.0, 0.0}, {0.0, 1.0}});

  EXPECT_ERROR(ValueError, gt::calibrate_temperature(logits, gt::tensor({0, 1})),
               "calibrate_temperature: each label has the largest logit, so no temperature is too low\n"
               "  logits  [2, 2]  float64  cpu\n  labels  [2]     int32  cpu\n"
               "  Take held-out examples, some of which it gets wrong.");
  EXPECT_ERROR(ValueError, gt::calibrate_temperature(logits, gt::tensor({1, 0})),
               "calibrate_temperature: labels have no larger logits than others, so no temperature is too high\n"
               "  logits  [2, 2]  float64  cpu\n  labels  [2]     int32  cpu\n"
               "  Look whether labels and logits belong together.");
  // Of many examples, too, whose logits a sum rounds.
  gt::Generator numbers(1);
  const auto many = gt::randn({1000, 3}, numbers);
  EXPECT_THROW(gt::calibrate_temperature(many, gt::argmax(many, 1)), gt::ValueError);
  EXPECT_THROW(gt::calibrate_temperature(logits, gt::tensor({0, 2})), gt::IndexError);
  EXPECT_THROW(gt::calibrate_temperature(logits, gt::tensor({0})), gt::ShapeError);
  EXPECT_THROW(gt::calibrate_temperature(logits / 0, gt::tensor({0, 1})), gt::ValueError);
}

TEST(Reliability, CountsExamplesByConfidence) {
  // NumPy 2.4.6, and calibration_curve of scikit-learn 1.9.1 for the bins that hold some.
  const Guesses all;

  const gt::Reliability by_bin = gt::reliability(gt::softmax(all.logits, 1), all.labels, 5);

  EXPECT_THAT(by_bin.confidence, near({NAN, NAN, 0.5218329948522518, 0.6778110661386294, 0.8654758460992513}, 1e-14));
  EXPECT_THAT(by_bin.accuracy, near({NAN, NAN, 0.7647058823529411, 2.0 / 3, 0.75}, 1e-14));
  EXPECT_THAT(by_bin.count, near({0, 0, 17, 3, 4}));
  EXPECT_NEAR(gt::expected_calibration_error(gt::softmax(all.logits, 1), all.labels, 5), 0.19267398626352553, 1e-14);
}

TEST(Reliability, PutsABoundaryIntoTheLowerBin) {
  const auto p = gt::tensor({{0.5, 0.5}, {0.75, 0.25}, {1.0, 0.0}});

  EXPECT_THAT(gt::reliability(p, gt::tensor({0, 0, 0}), 4).count, near({0, 1, 1, 1}));
}

TEST(Reliability, RefusesWhatIsNoProbability) {
  const auto p = gt::tensor({{0.5, 0.5}});

  EXPECT_ERROR(ValueError, gt::reliability(p * 4, gt::tensor({0})),
               "reliability: 2 of example 0 is no probability\n  probabilities  [1, 2]  float64  cpu\n  Take "
               "gt::softmax(logits, 1).");
  EXPECT_ERROR(ValueError, gt::reliability(p, gt::tensor({0}), 0), "reliability: there must be at least 1 bin, not 0");
  EXPECT_THROW(gt::reliability(p / 0 * 0, gt::tensor({0})), gt::ValueError);
  EXPECT_THROW(gt::reliability(p, gt::tensor({0.0})), gt::DTypeError);
  EXPECT_THROW(gt::reliability(p, gt::tensor({0, 1})), gt::ShapeError);
  EXPECT_TRUE(std::isnan(gt::expected_calibration_error(gt::zeros({0, 2}), gt::zeros({0}, {.dtype = gt::int64}))));
}

}  // namespace
