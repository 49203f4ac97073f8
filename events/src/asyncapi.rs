//! The AsyncAPI 3 document of the contract, generated from the types.
