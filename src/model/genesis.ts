/** What the chain begins with, where the first event has no previous one: the sha-256 of the text `runledger genesis`, as hex. */
export const GENESIS_HASH = '2db728b8e38e4e650f0d430997b08c9e45aef62c7f66baab7b49e7107d87d7d9';
