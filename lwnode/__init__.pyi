from lwnode import errors as errors
from lwnode.cli.sample import sample as sample
from lwnode.documents import Profile as Profile
from lwnode.documents import Semantic as Semantic
from lwnode.errors import LwnodeError as LwnodeError
from lwnode.errors import NothingFitsError as NothingFitsError
from lwnode.node.facade import Node as Node
from lwnode.node.handles import Requirement as Requirement
from lwnode.node.privacy import Budget as Budget
from lwnode.node.profile_file import read_profile as read_profile
from lwnode.node.specify import specify as specify
from lwnode.specification import mmd2 as mmd2
from lwnode.training import Images as Images
from lwnode.training import Table as Table
from lwnode.training import Texts as Texts
from lwnode.training import read_table as read_table

__version__: str
__all__: list[str]
