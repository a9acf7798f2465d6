// Questions about images and about videos. A convolutional network reads the image, an LSTM the question, and a softmax
// over a thousand words answers. The parts are then used again, with their weights, for questions about videos.
//
//   node examples/visualQuestions.js [size=224] [frames=100] [samples=16] [epochs=5]

import { Input, layers, Model, random, Sequential } from 'kerasm';
import { main } from './main.js';

const { concatenate, Conv2D, Dense, Embedding, Flatten, LSTM, MaxPooling2D, TimeDistributed } = layers;

/** Both models. `size`: height and width of images; `units`: length of encoded questions. */
export function questionModels({ size = 224, frames = 100, words = 10000, units = 256, answers = 1000 } = {}) {
  const same = { activation: 'relu', padding: 'same' };
  const visionModel = Sequential();
  visionModel.add(Conv2D(64, [3, 3], { ...same, inputShape: [size, size, 3] }));
  visionModel.add(Conv2D(64, [3, 3], { activation: 'relu' }));
  visionModel.add(MaxPooling2D([2, 2]));
  visionModel.add(Conv2D(128, [3, 3], same));
  visionModel.add(Conv2D(128, [3, 3], { activation: 'relu' }));
  visionModel.add(MaxPooling2D([2, 2]));
  visionModel.add(Conv2D(256, [3, 3], same));
  visionModel.add(Conv2D(256, [3, 3], { activation: 'relu' }));
  visionModel.add(Conv2D(256, [3, 3], { activation: 'relu' }));
  visionModel.add(MaxPooling2D([2, 2]));
  visionModel.add(Flatten());

  const image = Input({ shape: [size, size, 3] });
  const question = Input({ shape: [100], dtype: 'int32' });
  const embedded = Embedding({ inputDim: words, outputDim: units, inputLength: 100 })(question);
  const encodedQuestion = LSTM(units)(embedded);
  const answer = encoded => Dense(answers, { activation: 'softmax' })(concatenate(encoded));
  const imageModel = Model({ inputs: [image, question], outputs: answer([encodedQuestion, visionModel(image)]) });

  const video = Input({ shape: [frames, size, size, 3] });
  const encodedVideo = LSTM(units)(TimeDistributed(visionModel)(video));
  const questionEncoder = Model({ inputs: question, outputs: encodedQuestion });
  const videoQuestion = Input({ shape: [100], dtype: 'int32' });
  const videoModel = Model({
    inputs: [video, videoQuestion],
    outputs: answer([encodedVideo, questionEncoder(videoQuestion)]),
  });
  return { imageModel, videoModel };
}

export async function run({ size = 224, frames = 100, samples = 16, epochs = 5, verbose = 2 } = {}) {
  // The weights of the large models take no memory unless they are used.
  const full = questionModels({ size, frames });
  full.imageModel.summary();
  full.videoModel.summary();

  // Small ones learn random answers to random questions by heart.
  const [words, answers] = [50, 10];
  const { imageModel, videoModel } = questionModels({ size: 32, frames: 3, words, units: 16, answers });
  const compile = { optimizer: 'adam', loss: 'sparse_categorical_crossentropy' };
  const [questions, labels] = [random.randint([samples, 100], 1, words), random.randint([samples], 0, answers)];
  imageModel.compile(compile);
  const images = random.uniform([samples, 32, 32, 3]);
  const imageHistory = await imageModel.fit([images, questions], labels, { epochs, verbose });
  videoModel.compile(compile);
  const videos = random.uniform([samples, 3, 32, 32, 3]);
  const videoHistory = await videoModel.fit([videos, questions], labels, { epochs, verbose });
  return { full, histories: [imageHistory.history, videoHistory.history] };
}

await main(import.meta, run);
