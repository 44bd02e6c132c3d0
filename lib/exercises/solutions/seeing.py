# %% seeing-1
def seen_by(field, place, height, width):
    found = []
    for axis, whole in enumerate((height, width)):
        first = field.start[axis] + place[axis] * field.jump[axis]
        end = first + field.size[axis]
        found += [max(first, 0), min(end, whole)]
    return tuple(found)


# %% seeing-2
def gradient_at(network, name, x, target):
    layer = dict(network.named_modules())[name]
    arrived, usual = [], layer.backward

    def hooked(dout):
        arrived.append(dout)
        return usual(dout)

    layer.backward = hooked
    gradient(network, x, target)
    del layer.backward
    return arrived[-1]


# %% seeing-3
def occlude(score, x, window, fill):
    rows, cols = x.shape[1] // window, x.shape[2] // window
    falls = np.zeros((rows, cols))
    for p, q in np.ndindex(rows, cols):
        covered = x.copy()
        covered[
            :,
            p * window : (p + 1) * window,
            q * window : (q + 1) * window,
        ] = fill
        falls[p, q] = score(x) - score(covered)
    return falls


# %% seeing-4
def jittered_step(slope, x, moved_by, lr):
    down, right = moved_by
    g = slope(np.roll(x, (down, right), axis=(1, 2)))
    g = np.roll(g, (-down, -right), axis=(1, 2))
    return x + lr * g / np.sqrt((g**2).mean())


# %% seeing-5
# A bar at the left. The third unit gives 0, and a pixel at the
# right wakes it, though the dead unit sends no gradient there.
def case_against_the_gradient():
    bar = np.array([[1, 0, 0], [1, 0, 0], [1, 0, 0]])
    return bar, (0, 2)


# %% seeing-6
def passes(method, network, x, target, other, layers):
    picture = method(network, x, target)
    broken = shuffled(network, layers, rng=0)
    of_class = likeness(picture, method(network, x, other))
    of_network = likeness(picture, method(broken, x, target))
    return bool(of_class < 0.5 and of_network < 0.5)


# %% seeing-7
from lib.analysis import fgsm

few = load_mnist_sample()[:500]
net = load_trained("simple_convnet")
for epsilon_of_half in range(1, 100):
    step = epsilon_of_half / 255
    fooled = fgsm(net, few.images, few.labels, step)
    if net.accuracy(fooled, few.labels) <= 0.5:
        break
