namespace StellarPipeline.Xdr.Entries;

/// <summary>Sizes in a WebAssembly module that determine its cost of loading.</summary>
/// <param name="Instructions">Number of instructions.</param>
/// <param name="Functions">Number of functions.</param>
/// <param name="Globals">Number of globals.</param>
/// <param name="TableEntries">Number of table entries.</param>
/// <param name="Types">Number of types.</param>
/// <param name="DataSegments">Number of data segments.</param>
/// <param name="ElementSegments">Number of element segments.</param>
/// <param name="Imports">Number of imports.</param>
/// <param name="Exports">Number of exports.</param>
/// <param name="DataSegmentBytes">Total size of the data segments: bytes.</param>
/// <remarks>Format: <c>ContractCodeCostInputs</c> in Stellar-ledger-entries.x.</remarks>
public readonly record struct ContractCodeCostInputs(
    uint Instructions,
    uint Functions,
    uint Globals,
    uint TableEntries,
    uint Types,
    uint DataSegments,
    uint ElementSegments,
    uint Imports,
    uint Exports,
    uint DataSegmentBytes);
