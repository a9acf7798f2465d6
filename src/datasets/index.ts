// keras.datasets

export * as bostonHousing from './bostonHousing.js';
export * as californiaHousing from './californiaHousing.js';
export * as cifar10 from './cifar10.js';
export * as cifar100 from './cifar100.js';
export * as fashionMnist from './fashionMnist.js';
export * as imdb from './imdb.js';
export * as mnist from './mnist.js';
export * as reuters from './reuters.js';
