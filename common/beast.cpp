// The one place where Boost.Beast's implementation is compiled.
#include <boost/beast/src.hpp>
