"""The few places where scikit-learn 1.2 and later versions are spelt differently."""
import sklearn
from sklearn.utils.fixes import parse_version

VERSION = parse_version(sklearn.__version__)

if VERSION >= parse_version("1.6"):
    from sklearn.utils.validation import validate_data
else:
    def validate_data(estimator, X, y="no_validation", *, skip_check_array=False, **settings):
        if skip_check_array:
            estimator._check_n_features(X, reset=settings.get("reset", True))
            return X if isinstance(y, str) else (X, y)
        return estimator._validate_data(X, y, **settings)

try:
    from sklearn.utils._param_validation import InvalidParameterError
except ImportError:
    InvalidParameterError = ValueError

try:  # 1.9 and later
    from sklearn.callback import CallbackSupportMixin, with_callbacks
except ImportError:
    class CallbackSupportMixin:
        """There are no callbacks of scikit-learn's own."""

    def with_callbacks(method):
        return method
