// Special functions against mpmath's numbers (special.py), and what they are at ends, poles and zeros.
#include <gradtape/ops/math.h>

#include "tests/support/near.h"

namespace {

const double inf = INFINITY, nan = NAN;
const gt::DType floating[] = {gt::float32, gt::float64};

// The distance of numbers of this type at y, subnormal ones included.
double unit_at(double y, gt::DType type) {
  const bool single = type == gt::float32;
  return std::ldexp(1.0, std::max(y == 0 ? -2000 : std::ilogb(y) - (single ? 23 : 52), single ? -149 : -1074));
}
void expect_within(double got, double wanted, double units, double scale, gt::DType type, double x) {
  EXPECT_LE(std::abs(got - wanted), units * unit_at(std::max(std::abs(wanted), scale), type))
      << "at " << x << " in " << gt::name_of(type) << ": " << got << ", wanted " << wanted;
}

// How many units in the last place a value may be off; those of `least` where it is smaller.
struct Accuracy {
  double units = 4, least = 0;
};

using Numbers = std::initializer_list<double>;
template <class F>
void expect_values(F f, Accuracy accuracy, Numbers x, Numbers wanted) {
  for (const gt::DType type : floating) {
    const auto got = f(gt::tensor(x).to(type)).template to_vector<double>();
    for (std::size_t i = 0; i < x.size(); ++i)
      expect_within(got[i], wanted.begin()[i], accuracy.units, accuracy.least, type, x.begin()[i]);
  }
}
// Of two inputs; the units of the first one count where the result is smaller.
template <class F>
void expect_values_of_two(F f, Numbers a, Numbers b, Numbers wanted) {
  for (const gt::DType type : floating) {
    const auto got = f(gt::tensor(a).to(type), gt::tensor(b).to(type)).template to_vector<double>();
    for (std::size_t i = 0; i < a.size(); ++i)
      expect_within(got[i], wanted.begin()[i], 4, std::abs(a.begin()[i]), type, a.begin()[i]);
  }
}

TEST(SpecialFunctions, AnglesAndTheirHyperbolicKinAreMpmaths) {
  expect_values([](const gt::Tensor& x) { return gt::tan(x); }, {},
                {-2.875, -1.375, -0.625, -0.125, 0.125, 0.375, 0.875, 1.5, 2.5, 4.125, 9.0949470177292824e-13,
                 -8.4703294725430034e-22, 1099511627776.0},
                {0.27309324539073064468, -5.0419152564813633211, -0.72148444099090441999, -0.12565513657513096779,
                 0.12565513657513096779, 0.39362657592563275823, 1.1974216292343479723, 14.101419947171719388,
                 -0.74702229723866027936, 1.5019961128214813507, 9.0949470177292823792e-13, -8.4703294725430033907e-22,
                 0.44387659088741605613});
  expect_values([](const gt::Tensor& x) { return gt::asin(x); }, {},
                {-0.984375, -0.625, -0.515625, -0.484375, -0.140625, 0.015625, 0.3125, 0.5, 0.78125, 0.984375,
                 9.0949470177292824e-13, 0.99999994039535522},
                {-1.3937886405068656922, -0.67513153293703164721, -0.54173693549820202223, -0.505648626651396563,
                 -0.14109265945589387398, 0.01562563585273694956, 0.31782370392788075318, 0.52359877559829887308,
                 0.89666582012758144169, 1.3937886405068656922, 9.0949470177292823792e-13, 1.5704510598101804156});
  expect_values([](const gt::Tensor& x) { return gt::acos(x); }, {},
                {-0.984375, -0.625, -0.515625, -0.484375, -0.140625, 0.015625, 0.3125, 0.5, 0.78125, 0.984375,
                 9.0949470177292824e-13, 0.99999994039535522},
                {2.9645849673017623115, 2.2459278597319282664, 2.1125332622930986415, 2.0764449534462931822,
                 1.7118889862507904932, 1.5551706909421596697, 1.252972622867015866, 1.0471975511965977462,
                 0.67413050666731517754, 0.177007686288030927, 1.5707963267939871245, 0.0003452669847162035876});
  expect_values([](const gt::Tensor& x) { return gt::sinh(x); }, {},
                {-87.5, -11.375, -7.5, -2.5, -0.375, 0.125, 1.125, 5.0, 7.5, 37.5, 87.5, 9.0949470177292824e-13},
                {-5.0088401367340759271e+37, -43558.181070883716838, -904.02093068584652954, -6.0502044810397873215,
                 -0.38385106791361456875, 0.12532577524111545698, 1.3777821907798407576, 74.203210577788758977,
                 904.02093068584652954, 9660799652201418.1042, 5.0088401367340759271e+37, 9.0949470177292823792e-13});
  expect_values([](const gt::Tensor& x) { return gt::cosh(x); }, {},
                {-87.5, -11.375, -7.5, -2.5, -0.375, 0.125, 1.125, 5.0, 7.5, 37.5, 87.5},
                {5.0088401367340759271e+37, 43558.181082362616729, 904.02148377021667737, 6.1322894796636861166,
                 1.0711403467045867673, 1.0078226778257108598, 1.7024346581381904874, 74.209948524787844444,
                 904.02148377021667737, 9660799652201418.1042, 5.0088401367340759271e+37});
  expect_values([](const gt::Tensor& x) { return gt::asinh(x); }, {},
                {-2.875, -1.375, -0.625, -0.125, 0.125, 0.375, 0.875, 1.5, 2.5, 4.125, 9.0949470177292824e-13,
                 -8.4703294725430034e-22, 1099511627776.0, -1.2676506002282294e+30},
                {-1.7781588850701412463, -1.1233646762497843533, -0.59014368578195900218, -0.12467674692144274393,
                 0.12467674692144274393, 0.36672460423013676549, 0.79016872541239697678, 1.1947632172871093041,
                 1.6472311463710957106, 2.1245919604320866793, 9.0949470177292823792e-13, -8.4703294725430033907e-22,
                 28.419034402957757686, -70.007865236554476251});
  expect_values([](const gt::Tensor& x) { return gt::acosh(x); }, {},
                {1.0000009536743164, 1.125, 3.0, 100.0, 1.2676506002282294e+30},
                {0.0013810678222475811879, 0.49493292309452690589, 1.7627471740390860505, 5.2982923656104845907,
                 70.007865236554476251});
  expect_values([](const gt::Tensor& x) { return gt::atanh(x); }, {},
                {-0.984375, -0.625, -0.515625, -0.484375, -0.140625, 0.015625, 0.3125, 0.5, 0.78125, 0.984375,
                 9.0949470177292824e-13, 0.99999994039535522},
                {-2.4220935432292956365, -0.73316853439671352233, -0.57036188700911828809, -0.52868466506703029958,
                 -0.14156312795796010521, 0.015626271752052211379, 0.32331358246252622622, 0.5493061443340548457,
                 1.0485705593896184231, 2.4220935432292956365, 9.0949470177292823792e-13, 8.6643397420981549518});
}

TEST(SpecialFunctions, ErrorFunctionsBesselFunctionsAndEntropiesAreMpmaths) {
  expect_values([](const gt::Tensor& x) { return gt::erfc(x); }, {},
                {-2.875, -1.375, -0.625, -0.125, 0.125, 0.375, 0.875, 1.5, 2.5, 4.125, 9.0949470177292824e-13,
                 -8.4703294725430034e-22, 5.0, 9.0},
                {1.9999521451602562266, 1.9481700727820903226, 1.6232408821884179724, 1.1403162048013338174,
                 0.85968379519866618261, 0.59588309056517770168, 0.21592493894014034169, 0.033894853524689272933,
                 0.00040695201744495893956, 5.4234007995650660053e-9, 0.99999999999897374513, 1.0,
                 1.5374597944280348502e-12, 4.1370317465138102381e-37});
  expect_values([](const gt::Tensor& x) { return gt::erfinv(x); }, {.units = 16},
                {-0.984375, -0.625, -0.515625, -0.484375, -0.140625, 0.015625, 0.3125, 0.5, 0.78125, 0.984375,
                 9.0949470177292824e-13, 0.99999994039535522, 0.99981689453125},
                {-1.7094723742995114785, -0.62730734778855896105, -0.49446796508569780282, -0.45969299683217577099,
                 -0.12527798184486597344, 0.013848180890914290216, 0.28443374892172365392, 0.47693627620446987338,
                 0.86964146854372351723, 1.7094723742995114785, 8.0601869326779525513e-13, 3.8325068569007109095,
                 2.6454649872592968864});
  expect_values([](const gt::Tensor& x) { return gt::i0(x); }, {},
                {-87.5, -11.375, -7.5, -2.5, -0.375, 0.125, 1.125, 5.0, 7.5, 37.5, 87.5},
                {4.2785559421906690275e+36, 10424.105894448125478, 268.16131151518936488, 3.2898391440501230357,
                 1.0354664501283920184, 1.0039100663533544851, 1.3423319999381240176, 27.239871823604446895,
                 268.16131151518936488, 1263004835743368.1563, 4.2785559421906690275e+36});
  expect_values([](const gt::Tensor& x) { return gt::i1(x); }, {},
                {-87.5, -11.375, -7.5, -2.5, -0.375, 0.125, 1.125, 5.0, 7.5, 37.5, 87.5},
                {-4.2540363841815804722e+36, -9954.7967976934666539, -249.5843654226881361, -2.5167162452886984415,
                 -0.19081526701982352448, 0.062622149811234825444, 0.65630776479561335277, 24.335642142450527199,
                 249.5843654226881361, 1246049378201797.0045, 4.2540363841815804722e+36});
  expect_values([](const gt::Tensor& x) { return gt::entr(x); }, {},
                {0.125, 0.625, 1.0, 1.125, 2.875, 7.5, 18.75, 112.5, 9.0949470177292824e-13},
                {0.25993019270997949103, 0.29375226827858472103, 0.0, -0.13250591511343138636, -3.0361514384667770673,
                 -15.111772654066985674, -54.959882857807871658, -531.33223743500341754, 2.5216547530724540026e-11});
  expect_values([](const gt::Tensor& x) { return gt::logit(x); }, {},
                {0.984375, 0.625, 0.515625, 0.484375, 0.140625, 0.015625, 0.3125, 0.5, 0.78125, 0.984375,
                 9.0949470177292824e-13, 0.99999994039535522, 0.500244140625, 0.49999991059303284},
                {4.1431347263915326879, 0.51082562376599068321, 0.062520356981333989528, -0.062520356981333989528,
                 -1.8101086078962515359, -4.1431347263915326879, -0.78845736036427016946, 0.0, 1.2729656758128874441,
                 4.1431347263915326879, -27.725887222396902882, 16.635532273834040874, 0.00097656257761022565352,
                 -3.5762786865234756165e-7});
  expect_values([](const gt::Tensor& x) { return gt::sinc(x); }, {},
                {-2.875, -1.375, -0.625, -0.125, 0.125, 0.375, 0.875, 1.5, 2.5, 4.125, 9.0949470177292824e-13,
                 -8.4703294725430034e-22, 771.5625, 0.0},
                {0.042369363408888375875, -0.21387635552087376055, 0.47052798214592227321, 0.97449535840443264512,
                 0.97449535840443264512, 0.78421330357653712202, 0.13921362262920466359, -0.21220659078919378103,
                 0.12732395447351626862, 0.029530162375891898337, 1.0, 1.0, -0.00040462522605218566689, 1.0});
}

TEST(SpecialFunctions, GammaFunctionsAreMpmaths) {
  expect_values([](const gt::Tensor& x) { return gt::lgamma(x); }, {.units = 16, .least = 1},
                {-37.5, -5.375, -2.375, -1.125, -0.375, -0.125, 0.125, 0.375, 0.625, 1.0, 1.5, 2.0, 3.75, 11.25, 50.0,
                 9.0949470177292824e-13, 1.2676506002282294e+30, 0x1p-148, -0x1p-148},
                {-100.00138627001516915, -4.2158528382522701221, 0.15820757989552727047, 2.0475172132487867972,
                 1.341658748500666418, 2.1653002489051702518, 2.0194183575537963453, 0.86307398227064746241,
                 0.36082949548894018118, 0.0, -0.12078223763524522235, 0.0, 1.4868155785934170555, 15.69530137706046348,
                 144.56574394634488601, 27.725887222397287402, 8.659919334810372796e+31, 102.58578272287190579,
                 102.58578272287190579});
  expect_values([](const gt::Tensor& x) { return gt::digamma(x); }, {.units = 16, .least = 1},
                {-37.5, -5.375, -2.375, -1.125, -0.375, -0.125, 0.125, 0.375, 0.625, 1.0, 1.5, 2.0, 3.75, 11.25, 50.0,
                 9.0949470177292824e-13, 1.2676506002282294e+30},
                {3.6376150112630050787, 3.0731974974374065851, 2.3622832609417747406, 8.0848718173411935066,
                 1.2139579020901000995, 7.1959829284523046177, -8.3884926632958548678, -2.7539990491451395758,
                 -1.4527087645765665672, -0.57721566490153286061, 0.036489973978576520559, 0.42278433509846713939,
                 1.1825373886117962286, 2.3752657662964800669, 3.901989673427892197, -1099511627776.5772157,
                 69.314718055994530942});
  expect_values([](const gt::Tensor& x) { return gt::polygamma(1, x); }, {.units = 16, .least = 1},
                {-37.5, -5.375, -2.375, -1.125, -0.375, -0.125, 0.125, 0.375, 0.625, 1.0, 1.5, 2.0, 3.75, 11.25, 50.0,
                 9.0949470177292824e-13},
                {9.843290129933684716, 11.393154920192786331, 11.218505222545787126, 66.795864414715041596,
                 10.512294284151519595, 66.005740957924918139, 65.388133444988034473, 8.1617776327615078548,
                 3.4011831730404084839, 1.6449340668482264365, 0.93480220054467930942, 0.64493406684822643647,
                 0.30533985269025307549, 0.092956377556064442647, 0.020201333226697125806, 1.2089258196146291747e+24});
  expect_values(
      [](const gt::Tensor& x) { return gt::polygamma(2, x); }, {.units = 16, .least = 1},
      {-37.5, -5.375, -2.375, -1.125, -0.375, -0.125, 0.125, 0.375, 0.625, 1.0, 1.5, 2.0, 3.75, 11.25, 50.0,
       9.0949470177292824e-13},
      {-0.00069240092776455769818, 30.064771140512937988, 29.97598379972908825, 1021.9457166895154687,
       29.057344543766245855, 1020.541052766333027, -1025.7533381181356826, -38.962118497034144018,
       -8.868581382159680071, -2.4041138063191885708, -0.8287966442343199956, -0.4041138063191885708,
       -0.092546338515899269635, -0.0086346997121757853958, -0.00040807998933759693141, -2.6584559915698317458e+36});
  expect_values([](const gt::Tensor& x) { return gt::polygamma(3, x); }, {.units = 16, .least = 1},
                {-37.5, -5.375, -2.375, -1.125, -0.375, -0.125, 0.125, 0.375, 0.625, 1.0, 1.5, 2.0, 3.75, 11.25, 50.0},
                {194.81814563215601835, 345.71525660485930409, 345.64544686382130417, 24590.604675958075144,
                 343.77829249085552526, 24586.8589054962553, 24580.143419063566219, 305.35409506135429647,
                 40.370885083448117854, 6.4939394022668291491, 1.4090910340024372364, 0.4939394022668291491,
                 0.055705260745394508779, 0.001603007633097053705, 0.000016486398720682053084});
  expect_values([](const gt::Tensor& x) { return gt::polygamma(6, x); }, {.units = 64, .least = 1},
                {-0.125, 0.125, 0.375, 0.625, 1.0, 1.5, 2.0, 3.75},
                {1509947597.1687835512, -1509949759.6668461044, -690499.76117975912158, -19352.364346421203265,
                 -726.01147971498443532, -43.457923803023286231, -6.0114797149844353247, -0.087631331089771342358});
}

TEST(SpecialFunctions, FunctionsOfTwoNumbersAreMpmaths) {
  expect_values_of_two([](const gt::Tensor& a, const gt::Tensor& b) { return gt::logaddexp(a, b); },
                       {0.25, 0.75, -2.25, 10.0, -75.0, 1.75, 0x1.ep-50}, {0.25, -0.5, 5.0, -10.0, -75.25, 1.5, -30.0},
                       {0.94314718055994530942, 1.001929081345372889, 5.0007099223343393073, 10.00000000206115362,
                        -74.424060580121156438, 2.3259394198788435622, 9.5241564225334946769e-14});
  expect_values_of_two([](const gt::Tensor& a, const gt::Tensor& b) { return gt::logaddexp2(a, b); },
                       {0.25, 0.75, -2.25, 10.0, -75.0, 1.75, 0x1.ep-50}, {0.25, -0.5, 5.0, -10.0, -75.25, 1.5, -45.0},
                       {1.25, 1.2563462289494158782, 5.0094467932465732679, 10.000001375860550841,
                        -74.119591549523003942, 2.6304084504769960585, 4.266919378576805116e-14});
  expect_values_of_two([](const gt::Tensor& a, const gt::Tensor& b) { return gt::xlogy(a, b); },
                       {0.25, 0.75, -2.25, 10.0, -75.0, 1.75}, {0.25, 0.5, 5.0, 10.0, 75.25, 1.5},
                       {-0.34657359027997265471, -0.51986038541995898206, -3.6212353029767258429, 23.02585092994045684,
                        -324.06119277217388323, 0.70956393918928766846});
  expect_values_of_two([](const gt::Tensor& a, const gt::Tensor& b) { return gt::xlog1py(a, b); },
                       {0.25, 0.75, -2.25, 10.0, -75.0, 1.75},
                       {0.000244140625, 0.00048828125, 0.0048828125, 0.009765625, 0.073486328125, 0.00146484375},
                       {0.00006102770688184067729, 0.0003661215596260133914, -0.010959593027842153213,
                        0.097182494689213461278, -5.318370184609980479, 0.0025616008477188630474});
}

// Where numbers are not finite, or exact.
template <class F>
void expect_exactly(F f, Numbers at, Numbers wanted) {
  for (const gt::DType type : floating) EXPECT_THAT(f(gt::tensor(at).to(type)), near(wanted, 0)) << gt::name_of(type);
}
#define EXPECT_EXACTLY(call, at, wanted) \
  expect_exactly([](const gt::Tensor& x) { return call; }, Numbers at, Numbers wanted)

TEST(SpecialFunctions, EndsOfTheNumberLine) {
  EXPECT_EXACTLY(gt::tan(x), ({-inf, inf, nan}), ({nan, nan, nan}));
  EXPECT_EXACTLY(gt::sinh(x), ({-inf, -2000, 2000, inf, nan}), ({-inf, -inf, inf, inf, nan}));
  EXPECT_EXACTLY(gt::cosh(x), ({-inf, -2000, 2000, inf, nan}), ({inf, inf, inf, inf, nan}));
  EXPECT_EXACTLY(gt::asinh(x), ({-inf, inf, nan}), ({-inf, inf, nan}));
  EXPECT_EXACTLY(gt::erfc(x), ({-inf, -30, 30, inf, nan}), ({2, 2, 0, 0, nan}));
  EXPECT_EXACTLY(gt::lgamma(x), ({-inf, -1e30, inf, nan}), ({inf, inf, inf, nan}));
  EXPECT_EXACTLY(gt::digamma(x), ({-inf, inf, nan}), ({nan, inf, nan}));
  EXPECT_EXACTLY(gt::polygamma(1, x), ({-inf, inf, nan}), ({nan, 0, nan}));
  EXPECT_EXACTLY(gt::i0(x), ({-inf, 2000, inf, nan}), ({inf, inf, inf, nan}));
  EXPECT_EXACTLY(gt::i1(x), ({-inf, 2000, inf, nan}), ({-inf, inf, inf, nan}));
  EXPECT_EXACTLY(gt::entr(x), ({-inf, inf, nan}), ({-inf, -inf, nan}));
  EXPECT_EXACTLY(gt::sinc(x), ({-inf, inf, nan}), ({nan, nan, nan}));
}

TEST(SpecialFunctions, EndsOfADomain) {
  EXPECT_EXACTLY(gt::asin(x), ({-inf, -1.5, 1.5, nan}), ({nan, nan, nan, nan}));
  EXPECT_EXACTLY(gt::acos(x), ({-1.5, 1, 1.5, nan}), ({nan, 0, nan, nan}));
  EXPECT_EXACTLY(gt::acosh(x), ({-inf, -1e30, 0, 1, inf, nan}), ({nan, nan, nan, 0, inf, nan}));
  EXPECT_EXACTLY(gt::atanh(x), ({-inf, -2, -1, 1, 2, inf, nan}), ({nan, nan, -inf, inf, nan, nan, nan}));
  EXPECT_EXACTLY(gt::erfinv(x), ({-inf, -2, -1, 1, 2, nan}), ({nan, nan, -inf, inf, nan, nan}));
  EXPECT_EXACTLY(gt::logit(x), ({-1, 0, 0.5, 1, 2, nan}), ({nan, -inf, 0, inf, nan, nan}));
  EXPECT_EXACTLY(gt::entr(x), ({-1, 0, 1}), ({-inf, 0, 0}));
}

TEST(SpecialFunctions, PolesOfGammaFunctions) {
  EXPECT_EXACTLY(gt::lgamma(x), ({-3, -1, -0.0, 0, 1, 2}), ({inf, inf, inf, inf, 0, 0}));
  EXPECT_EXACTLY(gt::digamma(x), ({-3, -1, -0.0, 0}), ({nan, nan, inf, -inf}));
  EXPECT_EXACTLY(gt::polygamma(1, x), ({-3, -1, -0.0, 0}), ({inf, inf, inf, inf}));
}

TEST(SpecialFunctions, OddOnesKeepTheSignOfZeroAndTheSmallestNumbers) {
  gt::Tensor (*const odd[])(const gt::Tensor&, gt::Location) = {gt::tan,   gt::asin,  gt::sinh,
                                                                gt::asinh, gt::atanh, gt::erfinv};
  for (const auto f : odd) {
    const auto of_zero = f(gt::tensor({-0.0}), {}).item<double>();
    EXPECT_TRUE(of_zero == 0 && std::signbit(of_zero));
    EXPECT_EQ(f(gt::tensor({-0x1p-1074}), {}).item<double>(), -0x1p-1074);
  }
}

// f's gradient at x, where its result is summed.
template <class F>
gt::Tensor slope(F f, Numbers at, gt::DType type) {
  auto x = gt::tensor(at).to(type).requires_grad_();
  gt::Tape tape;
  return gt::grad(gt::sum(f(x)), x);
}
#define EXPECT_SLOPE(call, at, wanted)  \
  for (const gt::DType type : floating) \
  EXPECT_THAT(slope([](const gt::Tensor& x) { return call; }, Numbers at, type), near wanted)

TEST(SpecialFunctions, SlopesAtTheEndsOfADomain) {
  EXPECT_SLOPE(gt::asin(x), ({-1, 1, 2}), ({inf, inf, nan}));
  EXPECT_SLOPE(gt::acos(x), ({-1, 1, 2}), ({-inf, -inf, nan}));
  EXPECT_SLOPE(gt::acosh(x), ({-2, 0, 1}), ({nan, nan, inf}));
  EXPECT_SLOPE(gt::atanh(x), ({-1, 1}), ({inf, inf}));
  EXPECT_SLOPE(gt::asinh(x), ({-0x1p100, 0, 0x1p100}), ({0x1p-100, 1, 0x1p-100}, 0));
  EXPECT_SLOPE(gt::erfinv(x), ({0, 1}), ({0.886226925, inf}));
  EXPECT_SLOPE(gt::erfc(x), ({-inf, 0, inf}), ({0, -1.1283791671, 0}));
  EXPECT_SLOPE(gt::entr(x), ({0, 1}), ({inf, -1}));
  EXPECT_SLOPE(gt::sinc(x), ({-1, 0, 1}), ({1, 0, -1}));
  EXPECT_SLOPE(gt::logit(x), ({0, 0.5, 1}), ({inf, 4, inf}));
  EXPECT_SLOPE(gt::i1(x), ({0}), ({0.5}));
}

// The gradients of f by both of its inputs.
template <class F>
std::vector<gt::Tensor> slopes_of_two(F f, Numbers a, Numbers b) {
  const auto x = gt::tensor(a).requires_grad_(), y = gt::tensor(b).requires_grad_();
  gt::Tape tape;
  return gt::grad(gt::sum(f(x, y)), {x, y});
}

TEST(SpecialFunctions, ZeroTimesALogarithmIsZeroWithoutSlopes) {
  const auto x = gt::tensor({0.0, 0.0, 0.0, 0.0, 1.0}), y = gt::tensor({0.0, -1.0, inf, nan, 0.0});
  EXPECT_THAT(gt::xlogy(x, y), near({0, 0, 0, nan, -inf}));
  EXPECT_THAT(gt::xlog1py(x, y - 1), near({0, 0, 0, nan, -inf}));
  EXPECT_THAT(gt::xlogy(0, 0.0), near({0}));

  const auto of_log = slopes_of_two([](auto a, auto b) { return gt::xlogy(a, b); }, {0, 0, 0}, {0, -1, 2});
  EXPECT_THAT(of_log[0], near({0, 0, std::log(2.0)}));
  EXPECT_THAT(of_log[1], near({0, 0, 0}));
  const auto of_log1p = slopes_of_two([](auto a, auto b) { return gt::xlog1py(a, b); }, {0, 0, 0}, {-1, -2, 1});
  EXPECT_THAT(of_log1p[0], near({0, 0, std::log(2.0)}));
  EXPECT_THAT(of_log1p[1], near({0, 0, 0}));
}

TEST(SpecialFunctions, SumsOfExponentialsOfInfinities) {
  const auto a = {-inf, -inf, inf, inf, nan}, b = {-inf, 1.0, 1.0, inf, 1.0};
  EXPECT_THAT(gt::logaddexp(gt::tensor(a), gt::tensor(b)), near({-inf, 1, inf, inf, nan}));
  EXPECT_THAT(gt::logaddexp2(gt::tensor(a), gt::tensor(b)), near({-inf, 1, inf, inf, nan}));

  for (const auto& slopes : {slopes_of_two([](auto x, auto y) { return gt::logaddexp(x, y); }, a, b),
                             slopes_of_two([](auto x, auto y) { return gt::logaddexp2(x, y); }, a, b)}) {
    EXPECT_THAT(slopes[0], near({0, 0, 1, 0.5, 0}));
    EXPECT_THAT(slopes[1], near({0, 1, 0, 0.5, 0}));
  }
}

TEST(SpecialFunctions, DerivativesAgreeWithDifferencesBeyondTheSamples) {
  const auto check = [](gt::Function f, Numbers at) {
    for (const double x : at) {
      const auto first = gt::gradcheck(f, {gt::tensor({x})}), second = gt::gradgradcheck(f, {gt::tensor({x})});
      EXPECT_TRUE(first.ok) << first.text;
      EXPECT_TRUE(second.ok) << second.text;
    }
  };
#define CHECK_DERIVATIVES(call, ...) \
  check(                             \
      [](const auto& in) {           \
        const gt::Tensor x = in[0];  \
        return call;                 \
      },                             \
      {__VA_ARGS__})
  CHECK_DERIVATIVES(gt::lgamma(x), -2.7, -0.4, 0.1, 30);
  CHECK_DERIVATIVES(gt::digamma(x), -2.7, -0.4, 0.1, 30);
  CHECK_DERIVATIVES(gt::polygamma(2, x), -2.7, -0.4, 0.7, 30);
  CHECK_DERIVATIVES(gt::polygamma(3, x), -2.6, 0.9, 30);
  CHECK_DERIVATIVES(gt::sinc(x), -5.3, -0.3, 0, 0.1, 0.45, 0.7, 2);
  CHECK_DERIVATIVES(gt::erfinv(x), -0.98, 0, 0.99);
  CHECK_DERIVATIVES(gt::asinh(x), -30, 0, 30);
  CHECK_DERIVATIVES(gt::i0(x), -12, 0, 8.5);
  CHECK_DERIVATIVES(gt::i1(x), -12, 0.3, 8.5);
}

TEST(SpecialFunctions, TheThirdDerivativeOfLgammaIsPolygamma) {
  const auto x = gt::tensor({-1.5, 0.5, 4.0}).requires_grad_();
  gt::Tape tape;
  gt::Tensor y = gt::lgamma(x);
  for (int i = 0; i < 3; ++i) y = gt::grad(gt::sum(y), x, {.create_graph = true});

  EXPECT_THAT(y, near(gt::polygamma(2, x.detach()), 1e-14));
}

TEST(SpecialFunctions, TheSlopeOfTheHighestPolygammaIsMpmathsPolygammaOfSeven) {
  EXPECT_THAT(slope([](const gt::Tensor& x) { return gt::polygamma(6, x); }, {-1.125, -0.125, 0.375}, gt::float64),
              near({84557185306.342479477, 84557183342.030990107, 12888247.472922048057}, 1e-12));
}

TEST(SpecialFunctions, PolygammaOfOrderZeroIsDigammaAndOrdersEndAtSix) {
  const auto x = gt::tensor({0.5, 3.0});

  EXPECT_THAT(gt::polygamma(0, x), near(gt::digamma(x), 0));
  EXPECT_ERROR(ValueError, gt::polygamma(7, x),
               "polygamma: the order 7 is not from 0 to 6\n  tensor  [2]  float64  cpu");
  EXPECT_THROW(gt::polygamma(-1, x), gt::ValueError);
}

TEST(SpecialFunctions, LogitsOfNumbersBeyondEpsAreHeldWithoutAGradient) {
  const auto x = gt::tensor({-1.0, 0.125, 0.25, 0.75, 2.0}).requires_grad_();
  gt::Tape tape;
  const auto y = gt::logit(x, 0.25);

  EXPECT_THAT(y, near({-std::log(3.0), -std::log(3.0), -std::log(3.0), std::log(3.0), std::log(3.0)}));
  EXPECT_THAT(gt::grad(gt::sum(y), x), near({0, 0, 16 / 3.0, 16 / 3.0, 0}));
}

TEST(SpecialFunctions, IntegersAreTakenAsFloat32) {
  EXPECT_EQ(gt::lgamma(gt::tensor({4})).dtype(), gt::float32);
  EXPECT_THAT(gt::lgamma(gt::tensor({4})), near({std::log(6.0)}));
}

// A pack's lanes have the bits of one number alone, in every op and for every width that this CPU has.
template <class Op, class S>
void expect_bits_of_one_number(gt::Tensor (*f)(const gt::Tensor&, gt::Location), const Op& op) {
  const auto [low, high] = Op::samples;
  const gt::Tensor x = (low + (high - low) / 99 * gt::arange(0, 100)).to(sizeof(S) == 4 ? gt::float32 : gt::float64);
  const auto given = x.to_vector<double>(), got = f(x, {}).template to_vector<double>();
  for (std::size_t i = 0; i < given.size(); ++i)
    EXPECT_EQ(got[i], static_cast<double>(op.forward(gt::Pack<S>(static_cast<S>(given[i]))).v)) << Op::name << given[i];
}
template <class Op>
void expect_bits(gt::Tensor (*f)(const gt::Tensor&, gt::Location), const Op& op = {}) {
  expect_bits_of_one_number<Op, float>(f, op);
  expect_bits_of_one_number<Op, double>(f, op);
}
TEST(SpecialFunctions, PacksGiveTheBitsOfOneNumber) {
  expect_bits<gt::Tan>(gt::tan);
  expect_bits<gt::Asin>(gt::asin);
  expect_bits<gt::Acos>(gt::acos);
  expect_bits<gt::Sinh>(gt::sinh);
  expect_bits<gt::Cosh>(gt::cosh);
  expect_bits<gt::Asinh>(gt::asinh);
  expect_bits<gt::Acosh>(gt::acosh);
  expect_bits<gt::Atanh>(gt::atanh);
  expect_bits<gt::Erfc>(gt::erfc);
  expect_bits<gt::Erfinv>(gt::erfinv);
  expect_bits<gt::Lgamma>(gt::lgamma);
  expect_bits<gt::Digamma>(gt::digamma);
  expect_bits<gt::Polygamma>([](const gt::Tensor& x, gt::Location at) { return gt::polygamma(3, x, at); }, {3});
  expect_bits<gt::I0>(gt::i0);
  expect_bits<gt::I1>(gt::i1);
  expect_bits<gt::Entr>(gt::entr);
  expect_bits<gt::Sinc>(gt::sinc);
}

}  // namespace
