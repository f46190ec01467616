import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { MemkitModuleExtras, MemkitModuleOptions } from './memkit-module-options.js';

export const {
  ConfigurableModuleClass: MemkitModuleBase,
  MODULE_OPTIONS_TOKEN: MEMKIT_MODULE_OPTIONS,
  OPTIONS_TYPE,
  ASYNC_OPTIONS_TYPE,
} = new ConfigurableModuleBuilder<MemkitModuleOptions>({ moduleName: 'Memkit' })
  .setClassMethodName('forRoot')
  .setFactoryMethodName('createMemkitOptions')
  .setExtras<MemkitModuleExtras>({ isGlobal: true }, (definition, extras) => ({
    ...definition,
    global: extras.isGlobal ?? true,
  }))
  .build();
