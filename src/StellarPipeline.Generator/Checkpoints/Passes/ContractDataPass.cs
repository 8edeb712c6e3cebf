namespace StellarPipeline.Generator.Checkpoints.Passes;

/// <summary>Writes all CONTRACT_DATA entries: the nonces of accounts, then contract by contract in the order of their ids.</summary>
/// <remarks>
/// Ids of WASM contracts are made in order; ids of asset contracts are hashes, so those contracts are sorted first and merged in.
/// </remarks>
internal sealed class ContractDataPass : IDisposable
{
    private readonly GeneratorContext _context;
    private readonly ContractEmitter _emitter;
    private readonly WasmContractPass _wasm;
    private readonly SacContractPass _sac;
    private readonly EdgeContractPass _edge;

    public ContractDataPass(GeneratorContext context)
    {
        _context = context;
        _emitter = new ContractEmitter(context);
        _wasm = new WasmContractPass(context, _emitter);
        _sac = new SacContractPass(context, _emitter, _wasm);
        _edge = new EdgeContractPass(context, _emitter);
    }

    /// <summary>Live entries that look like balances of asset contracts, without those of the native one.</summary>
    public long Balances => _sac.Balances + _edge.Balances;

    /// <summary>Contracts that a token row is expected for.</summary>
    public long Tokens => _sac.Contracts + _wasm.Instances + _edge.Tokens;

    /// <summary>Live WASM instances whose code is live.</summary>
    public long InstancesWithCode => _wasm.InstancesWithCode;

    public void Dispose() => _wasm.Dispose();

    public void Run()
    {
        using NoncePass nonces = new(_context, _emitter);
        nonces.Run();
        List<(byte[] Id, Action<byte[]> Emit)> sorted = [.. _sac.Plan(), .. _edge.Plan()];
        sorted.Sort(static (left, right) => left.Id.AsSpan().SequenceCompareTo(right.Id));
        int next = 0;
        for (long slot = 0; slot < _wasm.Slots.Total; slot++)
        {
            ReadOnlySpan<byte> id = _wasm.Move(slot);
            for (; next < sorted.Count && id.SequenceCompareTo(sorted[next].Id) > 0; next++) sorted[next].Emit(sorted[next].Id);
            _wasm.Emit();
        }

        for (; next < sorted.Count; next++) sorted[next].Emit(sorted[next].Id);
    }
}
