const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/;

/** Whether a host is this machine: nothing on the way can read what is sent in the clear. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

/** Encrypted, but for this machine; and no password in an address, which is printed somewhere. */
export function safeUrl(text: string): URL | null {
  const url = URL.parse(text);
  if (url === null) return null;
  const guarded =
    url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname));
  return guarded && url.username === "" && url.password === "" && url.hash === "" ? url : null;
}
