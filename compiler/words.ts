/** The group that holds every host. */
export const ALL = "all";

/** The network that holds the servers of every environment. */
export const FLEET = "fleet";

/** Before a network's name, where a group could stand too. */
export const NETWORK_PREFIX = "net:";
