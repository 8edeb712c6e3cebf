using StellarPipeline.Generator.Entries;
using StellarPipeline.Generator.Xdr;

namespace StellarPipeline.Generator.Checkpoints.Passes;

/// <summary>
/// Writes the nonces of accounts: temporary contract data under an account's address, a negative and a positive one for each.
/// </summary>
internal sealed class NoncePass : EntryPass, IDisposable
{
    private readonly GeneratorContext _context;
    private readonly ContractEmitter _emitter;
    private readonly ContractDataBuilder _builder = new() { Persistent = false, Value = ScValueXdr.Void() };
    private readonly byte[] _address = ScAddressXdr.Account(new byte[32]);
    private readonly XdrWriter _key = new(16);

    public NoncePass(GeneratorContext context, ContractEmitter emitter)
    {
        _context = context;
        _emitter = emitter;
        _builder.Contract = _address;
    }

    public override EntryBuilder Builder => _builder;

    public void Run()
    {
        const int IdOffset = 8;
        int nonces = _context.Options.Nonces;
        long accounts = (nonces + 1) / 2;
        for (int nonce = 0; nonce < nonces; nonce++)
        {
            _context.Accounts.WriteLiveId(nonce / 2 * (long)_context.Accounts.Live / accounts, _address.AsSpan(IdOffset, 32));
            ulong hash = _context.Hash(Domain.Nonce, nonce);
            _key.Clear();
            _key.WriteInt32(21);
            _key.WriteInt64((long)(hash >> 1) * (nonce % 2 == 0 ? -1 : 1));
            _builder.StorageKey = _key.WrittenMemory;
            _emitter.Emit(this, hash, isDead: false);
        }
    }

    public void Dispose() => _key.Dispose();

    public override void Fill(ref Entropy entropy, bool isNewest)
    {
    }
}
