//! The JSON Schemas of the contract, generated from the types.
