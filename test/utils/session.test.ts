import { expect, test, vi } from 'vitest';
import '../../src/compiler/evaluate.js';
import { type Config, serializeObject } from '../../src/config.js';
import { tensor } from '../../src/graph/apply.js';
import { Input } from '../../src/layers/core/inputLayer.js';
import { add, Dense } from '../../src/layers/index.js';
import type { KerasTensor } from '../../src/layers/kerasTensor.js';
import { Layer } from '../../src/layers/layer.js';
import { Sequential } from '../../src/models/sequential.js';
import * as utils from '../../src/utils/index.js';

test('clearSession starts automatic names anew', () => {
  utils.clearSession();
  const names = [Dense(1).name, Dense(1).name];
  utils.clearSession();
  expect([...names, Dense(1).name]).toEqual(['dense', 'dense_1', 'dense']);
});

test('the source inputs of a tensor are the inputs it is computed from, each once', () => {
  const [a, b, other] = [Input({ shape: [2] }), Input({ shape: [2] }), Input({ shape: [2] })];
  const sum = add([Dense(2)(a!) as KerasTensor, Dense(2)(b!) as KerasTensor, a!]) as KerasTensor;
  expect(utils.getSourceInputs(sum)).toEqual([a, b]);
  expect(utils.getSourceInputs(other!)).toEqual([other]);
});

test('symbolic tensors are told from others', () => {
  expect(utils.isKerasTensor(Input({ shape: [2] }))).toBe(true);
  expect(utils.isKerasTensor(tensor([1]))).toBe(false);
});

class Gate extends Layer {
  override call(x: never): never {
    return x;
  }
}

test('a registered class is written and found under its package', () => {
  expect(utils.registerKerasSerializable('shop')(Gate)).toBe(Gate);
  expect(utils.getRegisteredName(Gate)).toBe('shop>Gate');
  expect(utils.getRegisteredObject('shop>Gate')).toBe(Gate);
  const json = serializeObject(new Gate({ name: 'door' }));
  expect(json.registered_name).toBe('shop>Gate');
  const copy = utils.deserializeKerasObject<Gate>(JSON.parse(JSON.stringify(json)));
  expect(copy).toBeInstanceOf(Gate);
  expect(copy.name).toBe('door');
});

test('a registered function is an activation by its name', () => {
  const twice = utils.registerKerasSerializable('shop', 'twice')((x: never) => x);
  const { activation } = Dense(1, { activation: 'twice' }) as { activation: unknown };
  expect(activation).toBe(twice);
});

test('what is put among the custom objects is found', () => {
  utils.getCustomObjects()['Fence'] = Gate;
  expect(utils.getRegisteredObject('Fence')).toBe(Gate);
  delete utils.getCustomObjects()['Fence'];
  expect(utils.getRegisteredObject('Fence')).toBeNull();
});

test('without interactive logging, training writes a line per epoch and no bar', async () => {
  const written: string[] = [];
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation(text => written.push(String(text)) > 0);
  const model = Sequential([Input([1]), Dense(1)]);
  model.compile({ optimizer: 'sgd', loss: 'mse' });
  utils.disableInteractiveLogging();
  await model.fit([[1]], [[2]]).finally(() => {
    utils.enableInteractiveLogging();
    spy.mockRestore();
  });
  expect(written.join('')).toMatch(/^1\/1 - \d+s - .* - loss: \d/);
});

test('a class without getConfig cannot be registered', () => {
  expect(() => utils.registerKerasSerializable()(class Bare {})).toThrow(/getConfig/);
});

test('a scope makes objects known for its time only', () => {
  class Wall extends Layer {
    static override readonly className = 'Wall';
  }
  const json = serializeObject(new Wall());
  expect(() => utils.deserializeKerasObject(json)).toThrow(/Unknown class "Wall"/);
  expect(utils.customObjectScope({ Wall }, () => utils.deserializeKerasObject(json))).toBeInstanceOf(Wall);
  expect(utils.deserializeKerasObject(json, { Wall })).toBeInstanceOf(Wall);
  expect(() => utils.deserializeKerasObject(json)).toThrow(/Unknown class/);
  expect((utils.serializeKerasObject(new Wall()).config as Config)['name']).toMatch(/^wall/);
});
