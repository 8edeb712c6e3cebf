namespace StellarPipeline.Xdr.Values;

/// <summary>An error value.</summary>
/// <param name="Type">Origin of the error.</param>
/// <param name="Code">The contract's own code, or one of the ten <c>SCErrorCode</c> values 0 to 9.</param>
/// <remarks>Format: <c>SCError</c> in Stellar-contract.x.</remarks>
public readonly record struct ScError(ScErrorType Type, uint Code);
