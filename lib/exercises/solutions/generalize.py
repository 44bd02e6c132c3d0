# %% generalize-1
def smooth(labels, classes, epsilon):
    return (1 - epsilon) * np.eye(classes)[labels] + epsilon / classes


# %% generalize-2
def shrink(w, amount):
    return np.sign(w) * np.maximum(np.abs(w) - amount, 0)


# %% generalize-3
class MyDropout:
    def __init__(self, p, rng):
        self.p, self.rng, self.training = p, rng, True

    def forward(self, x):
        self.mask = np.ones(x.shape, x.dtype)
        if self.training:
            kept = self.rng.random(x.shape) >= self.p
            self.mask = kept.astype(x.dtype) / (1 - self.p)
        return x * self.mask

    def backward(self, dout):
        return dout * self.mask


# %% generalize-4
def safe_mirror(images, labels, rng):
    chosen = np.isin(labels, (0, 1, 8)) & (rng.random(len(images)) < 0.5)
    return np.where(chosen[:, None, None, None], images[..., ::-1], images)


# %% generalize-5
def losses_with_a_bump():
    return [1.0, 0.9, 0.95, 0.6, 0.4, 0.3, 0.35, 0.4, 0.45]


# %% generalize-6
def liar():
    sure = np.array([1.0] * 50 + [0.5] * 50)  # right: half, and all
    probabilities = np.stack([sure, 1 - sure], axis=1)
    labels = np.array([0] * 25 + [1] * 25 + [0] * 50)
    return probabilities, labels


# %% generalize-7
turned_temperature = best_temperature(deep_logits["turned by 45°"], some.labels)
print(f"turned {turned_temperature:.2f}, upright {deep_t:.2f}")


# %% generalize-8
def mix(images, labels, classes, alpha, rng):
    share = rng.beta(alpha, alpha, len(images))
    partner = rng.permutation(len(images))
    of_pictures = share[:, None, None, None]
    pictures = of_pictures * images + (1 - of_pictures) * images[partner]
    targets = np.eye(classes)[labels]
    return pictures, share[:, None] * targets + (1 - share[:, None]) * targets[partner]
