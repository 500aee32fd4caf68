// The modified Bessel functions of the first kind, of order 0 and 1.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

// The polynomials are in x²/4 to |x| = 8, and beyond, of √x exp(-x) times the function, in 1/x; the halves of the
// exponent overflow no earlier than the result.
template <class Real>
GT_FN Real bessel_growth(Real a, Real u, Real factor) {
  const Real half = exp(Real(0.5) * a);
  return half * (factor * sqrt(u)) * half;
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
      far = polynomial(u, 0.398942278, 0.0498691992, 0.0279235341, 0.0332333731, -0.00883230038, 0.371994928);
    } else {
      near = polynomial(z, 1, 1.0000000000000009, 0.24999999999999481, 0.027777777777788643, 0.0017361111110991466,
                        6.9444444452405145e-05, 1.9290123422052142e-06, 3.9367599937651325e-08, 6.1511850806533314e-10,
                        7.5940934612378019e-12, 7.5936581264081001e-14, 6.2794258163824177e-16, 4.3382394542641848e-18,
                        2.6638168379729013e-20, 1.0805568728893e-22, 9.6048646626815234e-25);
      far = polynomial(u, 0.3989422804014327, 0.049867785050101379, 0.028050629200526308, 0.029219343433309654,
                       0.04476075235844737, 0.087188488298713326, 0.64986553734051833, -36.191303707146325,
                       2379.9927198260229, -116003.22508652776, 4366882.0306383641, -128456787.36916763,
                       2977368334.0892363, -54594034117.302536, 792083964019.90344, -9058765454645.9141,
                       80994728550058.266, -558338222939884.19, 2903063962296263, -10994172952273054, 28590740304120980,
                       -45625549860525936, 33678142630566812);
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
      far = polynomial(u, 0.398942283, -0.149604955, -0.0466071943, -0.0454559327, 0.00333050849, -0.43210911);
    } else {
      near = polynomial(z, 1, 0.50000000000000011, 0.083333333333333037, 0.0069444444444450686, 0.00034722222222153507,
                        1.1574074074531321e-05, 2.7557319204030443e-07, 4.9209499215386537e-09, 6.8346512944922527e-11,
                        7.5940785671603223e-13, 6.90345927367201e-15, 5.2319921599792753e-17, 3.3410044697092935e-19,
                        1.891028804078631e-21, 7.4132110405545444e-24, 5.8336513331881834e-26);
      far = polynomial(u, 0.39894228040143265, -0.14960335515045284, -0.046751048603774853, -0.040907100304679478,
                       -0.057545788063294072, -0.10704400326357605, -0.72486367240583072, 38.926096454641851,
                       -2557.3413150176284, 124327.52529998173, -4668208.7975180149, 136963410.30919281,
                       -3166313465.5761752, 57910621274.205742, -838115700349.11462, 9562186385275.0684,
                       -85298577556528.672, 586711674514151.88, -3044209698315942, 11505909762111434,
                       -29865828662099744, 47577088289286648, -35061211697476260);
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
