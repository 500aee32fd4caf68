// The modified Bessel functions of the first kind, of order 0 and 1.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

// The polynomials are in x²/4 to |x| = 8, and beyond, of the function times √x exp(8 - x), in 1/x: exp(x - 8) overflows
// no earlier than the result.
template <class Real>
GT_FN Real bessel_growth(Real a, Real u, Real factor) {
  return exp(a - Real(8)) * (factor * sqrt(u));
}

struct I0 {
  static constexpr auto name = "i0";
  static constexpr auto samples = between(-10, 10);

  template <class Real>
  GT_FN static Real forward(Real x) {
    const Real a = where(abs(x) > Real(1500), Real(1500), abs(x)), z = Real(0.25) * a * a, u = Real(1) / a;
    Real near, far;
    if constexpr (is_single<Real>) {
      near = polynomial(z, 1.00000001, 0.999999854, 0.250000364, 0.0277774245, 0.00173628664, 6.93937125e-05,
                        1.93811598e-06, 3.83250734e-08, 6.90990968e-10, 4.23787108e-12, 1.55364143e-13);
      far = polynomial(u, 1189.23017, 148.657988, 83.2388821, 99.0672891, -26.3287164, 1108.90125);
    } else {
      near = polynomial(z, 1, 1.0000000000000009, 0.24999999999999481, 0.027777777777788643, 0.0017361111110991466,
                        6.9444444452405145e-05, 1.9290123422052142e-06, 3.9367599937651325e-08, 6.1511850806533314e-10,
                        7.5940934612378019e-12, 7.5936581264081001e-14, 6.2794258163824177e-16, 4.3382394542641848e-18,
                        2.6638168379729013e-20, 1.0805568728893e-22, 9.6048646626815234e-25);
      far = polynomial(u, 1189.2301771312916, 148.65377214117979, 83.617747156854833, 87.101635183639686,
                       133.42992224891057, 259.90522057214378, 1937.2218640383826, -107884.75584727073,
                       7094658.3072665492, -345800740.3442843, 13017491867.700432, -382924286297.84125,
                       8875409915868.4336, -162742522046801.62, 2361169018952804, -27003799234764432,
                       2.414418829795729e+17, -1.6643827851433329e+18, 8.653911705300052e+18, -3.2773167672996495e+19,
                       8.5227795665005281e+19, -1.3600784726990538e+20, 1.0039312826331865e+20);
    }
    return where(a < Real(8), near, bessel_growth(a, u, far));
  }
  template <class Real>
  GT_FN static Real slope(Real x) {
    return i1(x);
  }
};

struct I1 {
  static constexpr auto name = "i1";
  static constexpr auto samples = between(-10, 10);

  template <class Real>
  GT_FN static Real forward(Real x) {
    const Real a = where(abs(x) > Real(1500), Real(1500), abs(x)), z = Real(0.25) * a * a, u = Real(1) / a;
    Real near, far;
    if constexpr (is_single<Real>) {
      near = polynomial(z, 1, 0.499999988, 0.0833333623, 0.0069444163, 0.000347236214, 1.15700276e-05, 2.76299974e-07,
                        4.83761039e-09, 7.44242072e-11, 4.89614755e-13, 1.33355849e-14);
      far = polynomial(u, 1189.23019, -445.966085, -138.934088, -135.502226, 9.9281059, -1288.0991);
    } else {
      near = polynomial(z, 1, 0.50000000000000011, 0.083333333333333037, 0.0069444444444450686, 0.00034722222222153507,
                        1.1574074074531321e-05, 2.7557319204030443e-07, 4.9209499215386537e-09, 6.8346512944922527e-11,
                        7.5940785671603223e-13, 6.90345927367201e-15, 5.2319921599792753e-17, 3.3410044697092935e-19,
                        1.891028804078631e-21, 7.4132110405545444e-24, 5.8336513331881834e-26);
      far = polynomial(u, 1189.2301771312914, -445.96131642398262, -139.36291173799867, -121.9423473799514,
                       -171.54157654788702, -319.09367649347786, -2160.7881537745598, 116037.05813082131,
                       -7623327.0185935954, 370615129.55211312, -13915734300.139788, 408282171893.66168,
                       -9438647414687.0742, 172629129021892.22, -2498387691020765, 28504475878767388,
                       -2.5427147605043242e+17, 1.748962852233588e+18, -9.0746612144247982e+18, 3.4298633603547468e+19,
                       -8.9028780489906012e+19, 1.4182530133613851e+20, -1.0451599904495274e+20);
    }
    return with_sign_of(x, where(a < Real(8), Real(0.5) * a * near, bessel_growth(a, u, far)));
  }
  template <class Real>
  GT_FN static Real slope(Real x) {
    return i0(x) - where(x == Real(0), Real(0.5), i1(x) / x);
  }
};

template <FormulaNumber Real>
GT_FN Real i0(Real x) {
  return I0::forward(x);
}
inline Tensor i0(const Tensor& x, Location at = Location::current()) { return pointwise(I0{}, at, x); }
template <FormulaNumber Real>
GT_FN Real i1(Real x) {
  return I1::forward(x);
}
inline Tensor i1(const Tensor& x, Location at = Location::current()) { return pointwise(I1{}, at, x); }

}  // namespace gradtape
