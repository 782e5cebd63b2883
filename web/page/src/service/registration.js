/** Offline, and a new version of the page: kept beside the old one until a person says so (specs/page.md, Offline). */

const WORKER = "service.js";

/**
 * Registers the service worker, where there can be one.
 * @param {{ onNewVersion: (takeOver: () => void) => void, container?: ServiceWorkerContainer, reload?: () => void }}
 *   given onNewVersion: a new version is here; `takeOver` opens the page anew with it. container, reload: for tests
 * @returns {Promise<boolean>} whether the page will open without a network
 */
export async function register({ onNewVersion, container = globalThis.navigator?.serviceWorker, reload = reloadPage }) {
  if (!container) return false;
  let registration;
  try {
    registration = await container.register(WORKER, { updateViaCache: "none" });
  } catch {
    return false; // file://, or a browser that keeps nothing
  }
  const offer = () => {
    const { waiting } = registration;
    // Without a controller this is the first version, which waits for nobody.
    if (!waiting || !container.controller) return;
    onNewVersion(() => waiting.postMessage("take over"));
  };
  // All tabs, wherever somebody said so: the files of the old version are gone then. Where the browser deletes what is
  // stored there is no controller any more, and what the page knows must not go with it.
  if (container.controller) {
    container.addEventListener("controllerchange", () => container.controller && reload());
  }
  registration.addEventListener("updatefound", () => {
    registration.installing?.addEventListener("statechange", offer);
  });
  offer();
  return true;
}

function reloadPage() {
  location.reload();
}
