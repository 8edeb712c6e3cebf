namespace StellarPipeline.Xdr.Entries;

/// <summary>Sizes in a WebAssembly module that decide what it costs to load.</summary>
/// <param name="Instructions">Instructions.</param>
/// <param name="Functions">Functions.</param>
/// <param name="Globals">Globals.</param>
/// <param name="TableEntries">Table entries.</param>
/// <param name="Types">Types.</param>
/// <param name="DataSegments">Data segments.</param>
/// <param name="ElementSegments">Element segments.</param>
/// <param name="Imports">Imports.</param>
/// <param name="Exports">Exports.</param>
/// <param name="DataSegmentBytes">Bytes of all data segments.</param>
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
