using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Pipeline.Benchmarks")]
[assembly: InternalsVisibleTo("Pipeline.LoadTest")]
