"""What the documentation of the two estimators shares."""
from __future__ import annotations

_PARAMETERS = """
    Parameters
    ----------
    hidden_layer_sizes : int or sequence of int, default=(100,)
        Units of each hidden layer; () for none.
    activation : str or sequence of str, default='relu'
        Of all hidden layers, or one for each: 'identity', 'logistic' (or 'sigmoid'), 'tanh', 'relu', 'lecun_tanh', 'leaky_relu', 'elu',
        'gelu', 'silu', 'softplus'.
    solver : str, default='adam'
        'adam', 'sgd' (with momentum and nesterovs_momentum) and 'lbfgs' as scikit-learn has them; 'momentum', 'nesterov', 'rmsprop',
        'adagrad' and 'adamw' as PyTorch has them.
    alpha : float, default=0.0001
        L2 penalty: alpha / 2 times the sum of the squared weights, divided by the rows of the batch.
    batch_size : int or 'auto', default='auto'
        'auto': min(200, rows).
    learning_rate : str, default='constant'
        'constant', 'invscaling' and 'adaptive' as scikit-learn has them (its adam knows the first alone), or a schedule over
        learning_rate_init: 'exponential', 'exponential_epoch', 'step', 'inverse', 'cosine', 'plateau', 'one_cycle'.
    learning_rate_init : float, default=0.001
    power_t : float, default=0.5
        Of 'invscaling': the rate is learning_rate_init / (samples seen + 1) ** power_t.
    max_iter : int, default=200
        Epochs; of lbfgs iterations.
    shuffle : bool, default=True
    random_state : int, RandomState or None, default=None
        Draws the initial weights, the validation part, the order of the samples, and the seed of dropout.
    tol : float, default=1e-4
        Training ends after more than n_iter_no_change epochs whose loss (with early_stopping: score) is no better by tol; with
        learning_rate='adaptive' the rate is divided by 5 instead until it is 1e-6. Of lbfgs: the largest entry of the gradient.
    verbose : bool or int, default=False
        Prints scikit-learn's line for each epoch.
    warm_start : bool, default=False
        fit goes on from the weights that are there.
    momentum : float, default=0.9
    nesterovs_momentum : bool, default=True
    early_stopping : bool, default=False
        Watch the score on validation data, X_val of fit or a part of X; the weights of the best epoch come back however training ends.
    validation_fraction : float, default=0.1
        That part.
    beta_1, beta_2 : float, default=0.9, 0.999
        Of adam and adamw.
    epsilon : float, default=1e-8
        Of adam, adamw, rmsprop and adagrad.
    n_iter_no_change : int or inf, default=10
    max_fun : int, default=15000
        Evaluations of lbfgs.
    dropout : float or sequence of float, default=0.0
        Share of the units dropped in training behind every hidden layer, or behind each (Srivastava et al. 2014).
    batch_normalization : bool, default=False
        Before every hidden activation (Ioffe and Szegedy 2015), as PyTorch's BatchNorm1d. The shifts are intercepts_; scales_,
        running_means_ and running_variances_ stand beside it.
    schedule_options : dict or None, default=None
        Of the schedules: decay, every, factor, rate, power, minimum, patience, smoothing, min_delta, rise, start_divisor, end_divisor,
        annealing, warmup_steps, as `gradus train --schedule-...` has them.
    weight_decay : float or None, default=None
        Added to alpha's penalty, biases too; of adamw decoupled. None: 0, and 0.01 for adamw.
    decay : float, default=0.99
        Of rmsprop's mean of squares.
    clip_norm : float or None, default=None
        Largest Euclidean norm of a gradient.
    callbacks : sequence of callables or None, default=None
        Each is called after every epoch with an EpochRecord (epoch, loss, validation_loss, validation_score, learning_rate, seconds,
        estimator); one that returns True ends the training. From scikit-learn 1.9 on set_callbacks() takes its own as well.
    progress : bool or 'auto', default=False
        A line that shows how far it is. 'auto': in a terminal or a notebook.
    n_jobs : int or None, default=None
        Threads of one step. None: 1. -1: as many as make the step faster, found by timing. The result is the same for all.{own}

    Attributes
    ----------
    coefs_ : list of (inputs, outputs) arrays, one for each layer
    intercepts_ : list of (outputs,) arrays
    loss_ : float
        Of the last epoch.
    loss_curve_ : list of float
        Mean loss of each epoch's batches, before their updates and with their penalty; not of lbfgs.
    validation_loss_curve_, validation_scores_ : list of float, or None
        Mean loss without penalty, and {score}, over the validation data after each epoch.
    best_loss_, best_validation_score_ : float or None
    n_iter_, t_ : int
        Epochs of the last fit, and samples seen.
    n_layers_, n_outputs_, n_features_in_ : int
    out_activation_ : str
    feature_names_in_ : array of str
        Where X had names of columns.
"""


def documented(own="", score=""):
    """Puts the shared parameters, and `own` ones, into a class's documentation."""
    def document(kind):
        kind.__doc__ = (kind.__doc__ or "") + _PARAMETERS.replace("{own}", own).replace("{score}", score)
        return kind
    return document
