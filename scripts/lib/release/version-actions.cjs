// How `nx release` reads and writes the versions of our packages: package.json, and the ranges in which they name one another.
const { join } = require('node:path');
const { VersionActions } = require('nx/release');

const COLLECTIONS = ['dependencies', 'peerDependencies', 'devDependencies'];

class PackageJsonVersions extends VersionActions {
  validManifestFilenames = ['package.json'];

  #read(tree, root) {
    return JSON.parse(tree.read(join(root, 'package.json'), 'utf-8'));
  }

  /** Whatever a change makes of each manifest, written. */
  #write(tree, change) {
    for (const { manifestPath } of this.manifestsToUpdate) {
      const manifest = JSON.parse(tree.read(manifestPath, 'utf-8'));
      change(manifest);
      tree.write(manifestPath, `${JSON.stringify(manifest, null, 2)}\n`);
    }
  }

  async readCurrentVersionFromSourceManifest(tree) {
    const { root } = this.projectGraphNode.data;
    return { currentVersion: this.#read(tree, root).version, manifestPath: join(root, 'package.json') };
  }

  // A release asks no registry.
  async readCurrentVersionFromRegistry() {
    return null;
  }

  async readCurrentVersionOfDependency(tree, graph, dependency) {
    const { name } = this.#read(tree, graph.nodes[dependency].data.root);
    const own = this.#read(tree, this.projectGraphNode.data.root);
    const collection = COLLECTIONS.find((one) => own[one]?.[name] !== undefined);
    return { currentVersion: own[collection]?.[name] ?? null, dependencyCollection: collection ?? null };
  }

  async updateProjectVersion(tree, version) {
    this.#write(tree, (manifest) => {
      manifest.version = version;
    });
    return [`${this.projectGraphNode.name}: ${version}`];
  }

  /** Packages are released together, so every range is the caret of the new version, in whatever collection it stands. */
  async updateProjectDependencies(tree, graph, versions) {
    const named = Object.entries(versions).map(([project, version]) => [
      this.#read(tree, graph.nodes[project].data.root).name,
      version.replace(/^[^\d]*/, '^'),
    ]);
    this.#write(tree, (manifest) => {
      for (const [name, range] of named)
        for (const collection of COLLECTIONS) if (manifest[collection]?.[name]) manifest[collection][name] = range;
    });
    return [];
  }
}

module.exports = PackageJsonVersions;
