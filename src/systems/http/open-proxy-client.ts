import { type Dispatcher, errors } from "undici";
import { openBoundedPool } from "./open-bounded-pool.ts";

/**
 * The connections to a proxy, for the `clientFactory` of an agent. What a proxy answers to CONNECT is read before any call is made, and by none that ends
 * it: it is bounded in bytes as any answer is, and given up after `timeoutMs`, as a connection is.
 */
export function openProxyClient(origin: URL, options: object, timeoutMs: number): Dispatcher {
  return openBoundedPool(origin, options).compose(limitTunnels(timeoutMs));
}

function limitTunnels(timeoutMs: number): Dispatcher.DispatcherComposeInterceptor {
  return (dispatch) => (options, handler) => {
    let timer: NodeJS.Timeout | undefined;
    return dispatch(options, {
      onRequestStart: (controller, context) => {
        const words = `The proxy did not open a tunnel within ${timeoutMs} ms`;
        timer = setTimeout(() => controller.abort(new errors.ConnectTimeoutError(words)), timeoutMs);
        handler.onRequestStart?.(controller, context);
      },
      onRequestUpgrade: (...upgraded) => {
        clearTimeout(timer);
        handler.onRequestUpgrade?.(...upgraded);
      },
      onResponseStart: (...answer) => handler.onResponseStart?.(...answer),
      onResponseData: (...data) => handler.onResponseData?.(...data),
      onResponseEnd: (...end) => handler.onResponseEnd?.(...end),
      onResponseError: (...failure) => {
        clearTimeout(timer);
        handler.onResponseError?.(...failure);
      },
    });
  };
}
