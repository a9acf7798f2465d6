// The public names of keras.callbacks.

export { BackupAndRestore } from './backupAndRestore.js';
export { type AnyLogs, Callback, type CallbackHooks, type Logs, type PredictLogs } from './callback.js';
export { CallbackList } from './callbackList.js';
export { CSVLogger } from './csvLogger.js';
export { EarlyStopping } from './earlyStopping.js';
export { History } from './history.js';
export { LambdaCallback } from './lambdaCallback.js';
export { LearningRateScheduler } from './learningRateScheduler.js';
export { ModelCheckpoint } from './modelCheckpoint.js';
export { ProgbarLogger } from './progbarLogger.js';
export { ReduceLROnPlateau } from './reduceLROnPlateau.js';
export { RemoteMonitor } from './remoteMonitor.js';
export { SwapEMAWeights } from './swapEmaWeights.js';
export { TensorBoard } from './tensorBoard.js';
export { TerminateOnNaN } from './terminateOnNaN.js';
