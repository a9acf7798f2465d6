// keras.layers: one line per file. Aliases are Keras's own.

export {
  ELU,
  LeakyReLU,
  PReLU,
  ReLU,
  Softmax,
} from './activations/activations.js';
export { AdditiveAttention, Attention } from './attention/attention.js';
export { GroupQueryAttention } from './attention/groupQueryAttention.js';
export { MultiHeadAttention } from './attention/multiHeadAttention.js';
export {
  Conv1D,
  Conv1D as Convolution1D,
  Conv2D,
  Conv2D as Convolution2D,
  Conv3D,
  Conv3D as Convolution3D,
} from './convolutional/conv.js';
export {
  Conv1DTranspose,
  Conv1DTranspose as Convolution1DTranspose,
  Conv2DTranspose,
  Conv2DTranspose as Convolution2DTranspose,
  Conv3DTranspose,
  Conv3DTranspose as Convolution3DTranspose,
} from './convolutional/convTranspose.js';
export { DepthwiseConv1D, DepthwiseConv2D } from './convolutional/depthwiseConv.js';
export {
  SeparableConv1D,
  SeparableConv1D as SeparableConvolution1D,
  SeparableConv2D,
  SeparableConv2D as SeparableConvolution2D,
} from './convolutional/separableConv.js';
export { Activation } from './core/activation.js';
export { Dense } from './core/dense.js';
export { EinsumDense } from './core/einsumDense.js';
export { Embedding } from './core/embedding.js';
export { Identity } from './core/identity.js';
export { Input, InputLayer } from './core/inputLayer.js';
export { Lambda } from './core/lambda.js';
export { Masking } from './core/masking.js';
export { ReversibleEmbedding } from './core/reversibleEmbedding.js';
export { Wrapper } from './core/wrapper.js';
export type { InputSpec } from './inputSpec.js';
export { KerasTensor } from './kerasTensor.js';
export { Layer } from './layer.js';
export { Concatenate } from './merging/concatenate.js';
export { Dot } from './merging/dot.js';
export { add, average, concatenate, dot, maximum, minimum, multiply, subtract } from './merging/functions.js';
export { Add, Average, Maximum, Minimum, Multiply, Subtract } from './merging/merging.js';
export { BatchNormalization } from './normalization/batchNormalization.js';
export {
  GroupNormalization,
  LayerNormalization,
  RMSNormalization,
  UnitNormalization,
} from './normalization/layerNormalization.js';
export { SpectralNormalization } from './normalization/spectralNormalization.js';
export {
  AdaptiveAveragePooling1D,
  AdaptiveAveragePooling2D,
  AdaptiveAveragePooling3D,
  AdaptiveMaxPooling1D,
  AdaptiveMaxPooling2D,
  AdaptiveMaxPooling3D,
} from './pooling/adaptivePooling.js';
export {
  GlobalAveragePooling1D,
  GlobalAveragePooling1D as GlobalAvgPool1D,
  GlobalAveragePooling2D,
  GlobalAveragePooling2D as GlobalAvgPool2D,
  GlobalAveragePooling3D,
  GlobalAveragePooling3D as GlobalAvgPool3D,
  GlobalMaxPooling1D,
  GlobalMaxPooling1D as GlobalMaxPool1D,
  GlobalMaxPooling2D,
  GlobalMaxPooling2D as GlobalMaxPool2D,
  GlobalMaxPooling3D,
  GlobalMaxPooling3D as GlobalMaxPool3D,
} from './pooling/globalPooling.js';
export {
  AveragePooling1D,
  AveragePooling1D as AvgPool1D,
  AveragePooling2D,
  AveragePooling2D as AvgPool2D,
  AveragePooling3D,
  AveragePooling3D as AvgPool3D,
  MaxPooling1D,
  MaxPooling1D as MaxPool1D,
  MaxPooling2D,
  MaxPooling2D as MaxPool2D,
  MaxPooling3D,
  MaxPooling3D as MaxPool3D,
} from './pooling/pooling.js';
export {
  RandomBrightness,
  RandomContrast,
  RandomCrop,
  RandomFlip,
  RandomRotation,
  RandomTranslation,
  RandomZoom,
} from './preprocessing/augmentation.js';
export { CategoryEncoding } from './preprocessing/categories.js';
export { Discretization } from './preprocessing/discretization.js';
export { HashedCrossing, Hashing } from './preprocessing/hashing.js';
export { CenterCrop, Rescaling, Resizing } from './preprocessing/images.js';
export { IntegerLookup, StringLookup } from './preprocessing/lookup.js';
export { Normalization } from './preprocessing/normalization.js';
export { TextVectorization } from './preprocessing/textVectorization.js';
export { ActivityRegularization } from './regularization/activityRegularization.js';
export { Dropout, SpatialDropout1D, SpatialDropout2D, SpatialDropout3D } from './regularization/dropout.js';
export { AlphaDropout, GaussianDropout, GaussianNoise } from './regularization/noise.js';
export { Cropping1D, Cropping2D, Cropping3D } from './reshaping/cropping.js';
export { Flatten } from './reshaping/flatten.js';
export { Permute } from './reshaping/permute.js';
export { RepeatVector } from './reshaping/repeatVector.js';
export { Reshape } from './reshaping/reshape.js';
export { UpSampling1D, UpSampling2D, UpSampling3D } from './reshaping/upSampling.js';
export { ZeroPadding1D, ZeroPadding2D, ZeroPadding3D } from './reshaping/zeroPadding.js';
export { Bidirectional } from './rnn/bidirectional.js';
export { GRUCell, LSTMCell, SimpleRNNCell } from './rnn/cells.js';
export { ConvLSTM1D, ConvLSTM2D, ConvLSTM3D } from './rnn/convLstm.js';
export { GRU, LSTM, SimpleRNN } from './rnn/recurrent.js';
export { RNN, StackedRNNCells } from './rnn/rnn.js';
export { TimeDistributed } from './rnn/timeDistributed.js';
export { deserialize, get, serialize } from './serialization.js';
