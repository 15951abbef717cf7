import { readFile } from 'node:fs/promises';
import { globSync, rmSync } from 'node:fs';
import path from 'node:path';
